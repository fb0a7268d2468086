// summary.json of an earlier run, which a resumed one goes on from.
#include "common/base/status_macros.h"
#include "launcher/summary.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

constexpr char kPath[] = "/summary.json";
constexpr uint64_t kResumeStep = 30;  // The end of its last epoch.

EpochRecord EpochOf(uint32_t epoch) { return {epoch, epoch * 10, MakeSums(100, 50), MakeSums(20, 5), 2, 0.5}; }

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  Summary summary(MakeTestJob(1, 0));
  const uint32_t epochs = (*random)() % 4;
  for (uint32_t epoch = 1; epoch <= epochs; ++epoch) summary.AddEpoch(EpochOf(epoch));
  if ((*random)() % 2 == 0) summary.SetKnnAccuracy(0.5);
  if ((*random)() % 2 == 0) summary.SetCheckpoint(20, "/run/checkpoints/step-20", {"abc", ""});
  return summary.ToJson();
}

absl::Status ReadInput(absl::string_view input) {
  MemoryFileSystem files;
  SHOAL_RETURN_IF_ERROR(WriteFile(files, kPath, input));
  SavedStatus(files, kPath).status().IgnoreError();
  Summary summary(MakeTestJob(1, 0));
  SHOAL_RETURN_IF_ERROR(summary.KeepEpochs(files, kPath, kResumeStep));
  summary.AddEpoch(EpochOf(3));
  summary.SetKnnAccuracy(0.25);
  SHOAL_RETURN_IF_ERROR(summary.Write(files, kPath));
  Summary again(MakeTestJob(1, 0));
  Require(again.KeepEpochs(files, kPath, kResumeStep).ok(), "a summary that is written again is none");
  Require(SavedStatus(files, kPath).ok(), "a summary that is written again has no status");
  return absl::OkStatus();
}

}  // namespace shoal
