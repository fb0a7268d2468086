#include "absl/strings/str_cat.h"
#include "tests/integration/collective_cases.h"
#include "tests/support/nccl_collectives.h"

namespace shoal {
namespace {

constexpr absl::Duration kLong = absl::Seconds(60);  // Nothing takes as long, but on a machine that is stopped.

}  // namespace

std::vector<CollectiveCase> CollectiveCases() {
  std::vector<CollectiveCase> cases;
  for (const int size : {1, 2, 4}) {
    cases.push_back({"Nccl", size, [](int n) { return ConnectNcclCollectives(n, kLong); },
                     [size] { return WhyNoNcclCollectives(size); }});
  }
  return cases;
}

}  // namespace shoal
