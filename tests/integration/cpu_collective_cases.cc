#include <memory>

#include "tests/integration/collective_cases.h"
#include "worker/collective/in_process_collective.h"
#include "worker/collective/local_collective.h"

namespace shoal {
namespace {

constexpr absl::Duration kLong = absl::Seconds(60);  // Nothing takes as long, but on a machine that is stopped.

Collectives ConnectLocal(int /*size*/) {
  Collectives collectives;
  collectives.push_back(std::make_unique<LocalCollective>());
  return collectives;
}

}  // namespace

std::vector<CollectiveCase> CollectiveCases() {
  std::vector<CollectiveCase> cases = {{"Local", 1, ConnectLocal}};
  for (const int size : {1, 2, 3, 4}) {
    cases.push_back({"InProcess", size, [](int n) { return MakeInProcessCollectives(n); }});
    cases.push_back({"Gloo", size, [](int n) { return ConnectGlooCollectives(n, kLong); }});
  }
  return cases;
}

}  // namespace shoal
