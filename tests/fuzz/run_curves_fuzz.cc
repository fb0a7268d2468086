// What `shoal plot` reads of a run: summary.json and metrics.jsonl, with a zero byte between them.
#include "common/base/status_macros.h"
#include "launcher/plot/run_curves.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {

std::string ValidInput(std::mt19937_64* random) {
  std::string summary = R"({"total_steps": 20, "epochs": [)";
  std::string metrics;
  const uint64_t epochs = (*random)() % 4;
  for (uint64_t epoch = 1; epoch <= epochs; ++epoch) {
    absl::StrAppend(&summary, epoch > 1 ? ", " : "", R"({"epoch": )", epoch,
                    R"(, "validation": {"loss": null, "accuracy": 0.5}})");
    absl::StrAppend(&metrics, R"({"step":)", 10 * epoch, R"(,"epoch":)", epoch, R"(,"loss":2.5,"examples":9})", "\n");
  }
  return absl::StrCat(summary, "]}", std::string(1, '\0'), metrics);
}

absl::Status ReadInput(absl::string_view input) {
  const size_t end = std::min(input.find('\0'), input.size());
  MemoryFileSystem files;
  SHOAL_RETURN_IF_ERROR(files.CreateDirectories("/run"));
  SHOAL_RETURN_IF_ERROR(WriteFile(files, "/run/job.textproto", "training { epochs: 2 }"));
  SHOAL_RETURN_IF_ERROR(WriteFile(files, "/run/summary.json", input.substr(0, end)));
  SHOAL_RETURN_IF_ERROR(WriteFile(files, "/run/metrics.jsonl", input.substr(std::min(end + 1, input.size()))));
  return ReadRunCurves(files, "/run").status();
}

}  // namespace shoal
