// Completes a checkpoint whose table files are written: the one place that makes it exist (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_PUBLISH_CHECKPOINT_H_
#define SHOAL_COMMON_CHECKPOINT_PUBLISH_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

// Adds the vocabularies of the job's tables and labels in `vocabulary_directory` (empty: there are none), the job and
// the manifest to step-N.tmp, where every file of `table_files` lies as WriteTableGroup left it; removes all else from
// there; and renames it to step-N, durably. Returns weights_digest.
//
// Can be called again after success or failure. A complete step-N is left as it is: if its digest is the same, that is
// success, else AlreadyExists. On any other failure there is no step-N. InvalidArgument: table_files contradict the job
// or each other. DataLoss: a table file is not there with its size.
absl::StatusOr<std::string> PublishCheckpoint(FileSystem& file_system, const std::string& checkpoints_directory,
                                              uint64_t step, const ResolvedJob& job,
                                              absl::Span<const CheckpointFile> table_files,
                                              const std::string& vocabulary_directory);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_PUBLISH_CHECKPOINT_H_
