#include "parameter_server/checkpoint_saver.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/log_line.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/table_group_writer.h"
#include "common/coordination/report_checkpoint.h"
#include "parameter_server/shard.h"

namespace shoal {

CheckpointSaver::CheckpointSaver(FileSystem& file_system, const RegisterReply& assignment, Role role, uint32_t index,
                                 CoordinatorLink* link)
    : file_system_(file_system),
      directory_(assignment.checkpoint_directory()),
      role_(role),
      index_(index),
      num_holders_(std::max(assignment.job().job().cluster().parameter_servers(), 1)),
      link_(link) {}

absl::Status CheckpointSaver::Save(const Shard& shard) {
  CheckpointReport report;
  report.set_role(role_);
  report.set_index(index_);
  report.set_step(shard.applied_step());
  report.set_part(TABLES);
  return ReportCheckpointPart(std::move(report), Write(shard), link_);
}

// No files where there are no tables: a network without embeddings.
absl::StatusOr<std::vector<CheckpointFile>> CheckpointSaver::Write(const Shard& shard) const {
  if (shard.tables().empty()) return std::vector<CheckpointFile>();
  std::vector<std::unique_ptr<TableRows>> snapshots;
  std::vector<const TableRows*> tables;
  for (const std::unique_ptr<Table>& table : shard.tables()) {
    snapshots.push_back(table->Snapshot());
    tables.push_back(snapshots.back().get());
  }
  const std::string path = absl::StrCat(PendingCheckpointPath(directory_, shard.applied_step()), "/",
                                        TableGroupFileName(static_cast<int>(index_), num_holders_));
  SHOAL_ASSIGN_OR_RETURN(CheckpointFile file, WriteTableGroup(file_system_, path, tables));
  LogLine(absl::StrCat("saved step ", shard.applied_step(), ": ", file.size_bytes(), " bytes in ", path));
  return std::vector<CheckpointFile>{std::move(file)};
}

}  // namespace shoal
