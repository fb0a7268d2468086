#include "common/checkpoint/checkpoint_directory.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr char kStepPrefix[] = "step-";
constexpr char kPendingSuffix[] = ".tmp";

// The step of a name that CheckpointPath would give.
absl::optional<uint64_t> StepOf(absl::string_view name) {
  uint64_t step = 0;
  absl::string_view digits = name;
  if (!absl::ConsumePrefix(&digits, kStepPrefix) || !absl::SimpleAtoi(digits, &step)) return absl::nullopt;
  if (digits != absl::StrCat(step)) return absl::nullopt;  // "step-007", "step-+7"
  return step;
}

absl::StatusOr<bool> IsComplete(FileSystem& file_system, const std::string& checkpoint) {
  return file_system.Exists(absl::StrCat(checkpoint, "/", kManifestFileName));
}

absl::Status RemoveLeftovers(FileSystem& file_system, const std::string& checkpoints_directory, uint64_t newest_step) {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system.ListDirectory(checkpoints_directory));
  for (absl::string_view name : names) {
    if (!absl::ConsumeSuffix(&name, kPendingSuffix)) continue;
    const absl::optional<uint64_t> step = StepOf(name);
    if (!step.has_value() || *step > newest_step) continue;
    SHOAL_RETURN_IF_ERROR(file_system.RemoveTree(PendingCheckpointPath(checkpoints_directory, *step)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string TableGroupFileName(int index, int count) {
  return absl::StrFormat("tables-%05d-of-%05d.safetensors", index, count);
}

std::string VocabularyFileName(absl::string_view name) {
  return absl::StrCat(kVocabularyDirectoryName, "/", name, ".txt");
}

std::string CheckpointPath(absl::string_view checkpoints_directory, uint64_t step) {
  return absl::StrCat(checkpoints_directory, "/", kStepPrefix, step);
}

std::string PendingCheckpointPath(absl::string_view checkpoints_directory, uint64_t step) {
  return absl::StrCat(CheckpointPath(checkpoints_directory, step), kPendingSuffix);
}

absl::StatusOr<std::vector<CheckpointLocation>> ListCheckpoints(FileSystem& file_system,
                                                                const std::string& checkpoints_directory) {
  SHOAL_ASSIGN_OR_RETURN(const bool exists, file_system.Exists(checkpoints_directory));
  if (!exists) return std::vector<CheckpointLocation>();
  SHOAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system.ListDirectory(checkpoints_directory));
  std::vector<CheckpointLocation> checkpoints;
  for (const std::string& name : names) {
    const absl::optional<uint64_t> step = StepOf(name);
    if (!step.has_value()) continue;
    std::string path = CheckpointPath(checkpoints_directory, *step);
    SHOAL_ASSIGN_OR_RETURN(const bool complete, IsComplete(file_system, path));
    if (complete) checkpoints.push_back({*step, std::move(path)});
  }
  std::sort(checkpoints.begin(), checkpoints.end(),
            [](const CheckpointLocation& a, const CheckpointLocation& b) { return a.step < b.step; });
  return checkpoints;
}

absl::StatusOr<CheckpointLocation> LatestCheckpoint(FileSystem& file_system, const std::string& checkpoints_directory) {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<CheckpointLocation> checkpoints,
                         ListCheckpoints(file_system, checkpoints_directory));
  if (checkpoints.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no complete checkpoint in ", checkpoints_directory));
  }
  return checkpoints.back();
}

absl::StatusOr<std::string> FindCheckpoint(FileSystem& file_system, const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(const bool complete, IsComplete(file_system, path));
  if (complete) return path;
  for (const std::string& directory : {absl::StrCat(path, "/checkpoints"), path}) {
    SHOAL_ASSIGN_OR_RETURN(const bool exists, file_system.Exists(directory));
    if (!exists) continue;
    SHOAL_ASSIGN_OR_RETURN(const std::vector<CheckpointLocation> checkpoints, ListCheckpoints(file_system, directory));
    if (!checkpoints.empty()) return checkpoints.back().path;
  }
  return absl::NotFoundError(absl::StrCat(path, " is no checkpoint (it has no ", kManifestFileName,
                                          ") and holds no complete one (step-N or checkpoints/step-N)"));
}

absl::Status PruneCheckpoints(FileSystem& file_system, const std::string& checkpoints_directory, int keep) {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<CheckpointLocation> checkpoints,
                         ListCheckpoints(file_system, checkpoints_directory));
  if (checkpoints.empty()) return absl::OkStatus();
  const uint64_t newest_step = checkpoints.back().step;
  SHOAL_RETURN_IF_ERROR(RemoveLeftovers(file_system, checkpoints_directory, newest_step));
  const size_t kept = keep == 0 ? checkpoints.size() : static_cast<size_t>(keep);
  for (size_t i = 0; i + kept < checkpoints.size(); ++i) {
    // Under the pending name first: a crash halfway must not leave a checkpoint that looks complete.
    const std::string doomed = PendingCheckpointPath(checkpoints_directory, checkpoints[i].step);
    SHOAL_RETURN_IF_ERROR(file_system.Rename(checkpoints[i].path, doomed));
    SHOAL_RETURN_IF_ERROR(file_system.SyncDirectory(checkpoints_directory));
    SHOAL_RETURN_IF_ERROR(file_system.RemoveTree(doomed));
  }
  return absl::OkStatus();
}

}  // namespace shoal
