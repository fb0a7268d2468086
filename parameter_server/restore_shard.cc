#include "parameter_server/restore_shard.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "parameter_server/begin_pretrained.h"

namespace shoal {
namespace {

// By partition number. An embedded worker owns everything and has no map.
absl::StatusOr<std::vector<bool>> OwnedPartitions(const RegisterReply& assignment, Role role, uint32_t index) {
  int num_partitions = 0;
  for (const TableConfig& table : assignment.job().job().tables()) {
    num_partitions = std::max(num_partitions, table.num_partitions());
  }
  if (role == Role::WORKER) return std::vector<bool>(num_partitions, true);
  if (assignment.partition_owner_size() < num_partitions) {
    return absl::InternalError(absl::StrCat("the coordinator's map has ", assignment.partition_owner_size(),
                                            " partitions, the job needs ", num_partitions));
  }
  std::vector<bool> owned;
  for (uint32_t owner : assignment.partition_owner()) owned.push_back(owner == index);
  return owned;
}

absl::Status RestoreRows(FileSystem& file_system, const RegisterReply& assignment, Shard& shard) {
  // Rows say up to which step they are current; none may be ahead of the shard.
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader,
                         CheckpointReader::OpenStep(file_system, assignment.resume_from(), assignment.resume_step()));
  for (const std::unique_ptr<Table>& table : shard.tables()) {
    SHOAL_RETURN_IF_ERROR(
        reader.ForEachRow(table->config().name(), [&table](const LoadedRow& row) { return table->Restore(row); }));
  }
  shard.ResumeAfter(assignment.resume_step());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Shard>> RestoreShard(FileSystem& file_system, const RegisterReply& assignment, Role role,
                                                    uint32_t index) {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<bool> owned, OwnedPartitions(assignment, role, index));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Shard> shard,
                         Shard::Create(assignment.job(), {assignment.job_id(), assignment.incarnation()}, owned));
  if (assignment.resume_from().empty()) {
    SHOAL_RETURN_IF_ERROR(BeginPretrained(assignment.job(), *shard));
  } else {
    SHOAL_RETURN_IF_ERROR(RestoreRows(file_system, assignment, *shard));
  }
  return shard;
}

}  // namespace shoal
