// Names in a directory of checkpoints, and which checkpoints are there (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_CHECKPOINT_DIRECTORY_H_
#define SHOAL_COMMON_CHECKPOINT_CHECKPOINT_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/file_system.h"

namespace shoal {

inline constexpr char kManifestFileName[] = "manifest.json";
inline constexpr char kDenseFileName[] = "dense.safetensors";
inline constexpr char kJobFileName[] = "job.textproto";
inline constexpr char kVocabularyDirectoryName[] = "vocabulary";

// "tables-00000-of-00002.safetensors": the file of process `index` of `count`.
std::string TableGroupFileName(int index, int count);
// "vocabulary/users.txt": of a table, or of LabelVocabularyName (common/data/label_vocabulary.h).
std::string VocabularyFileName(absl::string_view name);

// <checkpoints_directory>/step-N, and the same with ".tmp" while it is being written.
std::string CheckpointPath(absl::string_view checkpoints_directory, uint64_t step);
std::string PendingCheckpointPath(absl::string_view checkpoints_directory, uint64_t step);

struct CheckpointLocation {
  uint64_t step = 0;
  std::string path;
};

// The complete checkpoints, by ascending step. None where the directory does not exist.
absl::StatusOr<std::vector<CheckpointLocation>> ListCheckpoints(FileSystem& file_system,
                                                                const std::string& checkpoints_directory);

// NotFound: there is no complete checkpoint.
absl::StatusOr<CheckpointLocation> LatestCheckpoint(FileSystem& file_system, const std::string& checkpoints_directory);

// The checkpoint that a user means by `path`: itself, or the latest one where it is a directory of checkpoints or a run
// directory that holds `checkpoints`. NotFound names what was looked for.
absl::StatusOr<std::string> FindCheckpoint(FileSystem& file_system, const std::string& path);

// Deletes complete checkpoints but the newest `keep` (0: keeps all), and what interrupted attempts have left of steps
// up to the newest complete one; later steps may be being written. REQUIRES: keep >= 0.
absl::Status PruneCheckpoints(FileSystem& file_system, const std::string& checkpoints_directory, int keep);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_CHECKPOINT_DIRECTORY_H_
