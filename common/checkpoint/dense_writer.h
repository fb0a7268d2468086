// Writes the dense parameters of a job into their file (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_DENSE_WRITER_H_
#define SHOAL_COMMON_CHECKPOINT_DENSE_WRITER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"
#include "common/checkpoint/saved_parameter.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// Writes and fsyncs the file at `path`, whose directory is created if need be, and says what the manifest needs to know
// of it. `path` is <checkpoints>/step-N.tmp/<kDenseFileName> (checkpoint_directory.h). An existing file is replaced.
// The parameters may come in any order; beside an 8 MiB buffer nothing is copied.
//
// Errors: those of the file system; InvalidArgument as DenseLayout::Create, or values that are not as many as the shape
// says; an incomplete file may remain.
absl::StatusOr<CheckpointFile> WriteDenseParameters(FileSystem& file_system, const std::string& path,
                                                    absl::Span<const SavedParameter> parameters);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_DENSE_WRITER_H_
