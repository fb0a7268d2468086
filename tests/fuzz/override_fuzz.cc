// --set PATH=VALUE, which scripts may fill in with anything.
#include "common/config/override_job.h"
#include "tests/common/config/test_job.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {
namespace {

constexpr const char* kOverrides[] = {"training.epochs=3",
                                      "tables.user.embedding_dim=64",
                                      "tables[0].num_partitions=8",
                                      "training.optimizer.adam.beta1=0.8",
                                      "data.train.path='u.data'",
                                      "training.schedule=one_cycle {}",
                                      "training={ epochs: 2 optimizer { sgd { momentum: 0.5 } } }"};

}  // namespace

std::string ValidInput(std::mt19937_64* random) { return kOverrides[(*random)() % std::size(kOverrides)]; }

absl::Status ReadInput(absl::string_view input) {
  std::vector<Diagnostic> problems;
  ParsedJob parsed = ParseJob(kTestJob, "job.textproto", &problems);
  ApplyOverride(input, &parsed.job, &parsed.locations, &problems);
  if (!problems.empty()) return absl::InvalidArgumentError(FormatDiagnostic(problems.front()));
  ValidateJob(parsed.job, parsed.locations, &problems);
  SortDiagnostics(&problems);
  Format(problems);
  return absl::OkStatus();
}

}  // namespace shoal
