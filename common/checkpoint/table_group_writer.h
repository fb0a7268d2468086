// Writes the rows that one process holds into one table file (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_TABLE_GROUP_WRITER_H_
#define SHOAL_COMMON_CHECKPOINT_TABLE_GROUP_WRITER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"
#include "common/checkpoint/table_rows.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// Writes and fsyncs the file at `path`, whose directory is created if need be, and says what the manifest needs to know
// of it. `path` is <checkpoints>/step-N.tmp/<TableGroupFileName> (checkpoint_directory.h). An existing file is
// replaced. Beside the ids of one table, which TableRows hands out, memory is bounded by an 8 MiB buffer.
//
// Errors: those of the file system; InvalidArgument as TableGroupLayout::Create; an incomplete file may remain.
// REQUIRES: each table's rows are in ascending order of id and do not change during the call.
absl::StatusOr<CheckpointFile> WriteTableGroup(FileSystem& file_system, const std::string& path,
                                               absl::Span<const TableRows* const> tables);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_TABLE_GROUP_WRITER_H_
