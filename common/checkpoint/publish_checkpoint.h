// Completes a checkpoint whose processes have written their files: the one place that makes it exist
// (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_PUBLISH_CHECKPOINT_H_
#define SHOAL_COMMON_CHECKPOINT_PUBLISH_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"
#include "common/checkpoint/checkpoint_digests.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

// Adds the vocabularies of the job's tables and labels in `vocabulary_directory` (empty: there are none), the job and
// the manifest to step-N.tmp, where every file of `files` lies as WriteTableGroup or WriteDenseParameters left it;
// removes all else from there; and renames it to step-N, durably.
//
// Can be called again after success or failure. A complete step-N is left as it is: if its digests are the same, that
// is success, else AlreadyExists. On any other failure there is no step-N. InvalidArgument: the files contradict the
// job or each other. DataLoss: one of them is not there with its size.
absl::StatusOr<CheckpointDigests> PublishCheckpoint(FileSystem& file_system, const std::string& checkpoints_directory,
                                                    uint64_t step, const ResolvedJob& job,
                                                    absl::Span<const CheckpointFile> files,
                                                    const std::string& vocabulary_directory);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_PUBLISH_CHECKPOINT_H_
