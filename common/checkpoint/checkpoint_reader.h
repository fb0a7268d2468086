// Reads a complete checkpoint and trusts nothing in it: a damaged or malformed one gives an error that names the file
// (docs/checkpoint_format.md).
//
// Thread safety: const methods may run concurrently.
#ifndef SHOAL_COMMON_CHECKPOINT_CHECKPOINT_READER_H_
#define SHOAL_COMMON_CHECKPOINT_CHECKPOINT_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"
#include "common/checkpoint/dense_reader.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/saved_parameter.h"
#include "common/checkpoint/table_group_layout.h"
#include "common/checkpoint/table_rows.h"
#include "proto/job.pb.h"

namespace shoal {

class CheckpointReader {
 public:
  // `directory` is one checkpoint (FindCheckpoint). `file_system` must outlive the reader. Checks the manifest, the
  // job, the size of every file and the header of every safetensors file; rows and parameters are checked as they are
  // read.
  static absl::StatusOr<CheckpointReader> Open(FileSystem& file_system, const std::string& directory);
  // The same. DataLoss also: the checkpoint is of another step.
  static absl::StatusOr<CheckpointReader> OpenStep(FileSystem& file_system, const std::string& directory,
                                                   uint64_t step);

  const std::string& directory() const { return directory_; }
  const Manifest& manifest() const { return manifest_; }
  const ResolvedJob& job() const { return job_; }

  // Reads every byte of every file, and recomputes the digests from the rows.
  absl::Status VerifyAllBytes() const;

  // Calls `visit` for the created rows of the table, from all files, in ascending order of id; the row is valid during
  // the call. An error of `visit` ends the reading and is returned. DataLoss: what was visited may be wrong.
  absl::Status ForEachRow(absl::string_view table, absl::FunctionRef<absl::Status(const LoadedRow&)> visit) const;

  // The same for ids and weights alone, the rest is not read.
  absl::Status ForEachWeight(absl::string_view table,
                             absl::FunctionRef<absl::Status(uint64_t id, absl::Span<const float> weight)> visit) const;

  // weights_digest, from the rows.
  absl::StatusOr<std::string> RecomputeWeightsDigest() const;

  // The dense parameters with their state, by name; none where the job has none.
  absl::StatusOr<std::vector<LoadedParameter>> ReadParameters() const;
  // One of them. NotFound lists those that there are.
  absl::StatusOr<LoadedParameter> ReadParameter(absl::string_view name) const;

  // dense_digest, from the values; empty where there are no dense parameters.
  absl::StatusOr<std::string> RecomputeDenseDigest() const;

  // Checks every byte of the vocabularies, which others read by path.
  absl::Status VerifyVocabularies() const;
  // Keys of the table's vocabulary, by row id; empty where the table has none. Rows behind them are hash buckets.
  absl::StatusOr<std::vector<std::string>> ReadVocabulary(absl::string_view table) const;

 private:
  struct TableFile {
    std::string path;
    std::unique_ptr<ReadableFile> file;
    TableGroupLayout layout;
    const CheckpointFile* description;  // In manifest_.files.
  };

  CheckpointReader(FileSystem& file_system, std::string directory, Manifest manifest)
      : file_system_(&file_system), directory_(std::move(directory)), manifest_(std::move(manifest)) {}

  std::string PathOf(const CheckpointFile& file) const;
  absl::Status OpenFiles();
  absl::Status ReadJob();
  absl::StatusOr<std::string> ReadChecked(const CheckpointFile& file) const;
  absl::Status VerifyFile(const CheckpointFile& file) const;
  absl::Status MergeRows(absl::string_view table, bool weights_only,
                         absl::FunctionRef<absl::Status(const LoadedRow&)> visit) const;

  FileSystem* file_system_;
  std::string directory_;
  Manifest manifest_;
  ResolvedJob job_;
  std::vector<TableFile> table_files_;
  absl::optional<DenseReader> dense_;  // Nothing where the job has no dense parameters.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_CHECKPOINT_READER_H_
