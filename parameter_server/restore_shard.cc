#include "parameter_server/restore_shard.h"

#include <vector>

#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_reader.h"

namespace shoal {
namespace {

std::vector<bool> OwnedPartitions(const RegisterReply& assignment, Role role, uint32_t index) {
  std::vector<bool> owned;
  for (uint32_t owner : assignment.partition_owner()) owned.push_back(role == Role::WORKER || owner == index);
  return owned;
}

absl::Status RestoreRows(FileSystem& file_system, const RegisterReply& assignment, Shard& shard) {
  SHOAL_ASSIGN_OR_RETURN(const auto reader, CheckpointReader::Open(file_system, assignment.resume_from()));
  for (const std::unique_ptr<Table>& table : shard.tables()) {
    SHOAL_RETURN_IF_ERROR(reader->ForEachRow(table->config().name(),
                                             [&table](const LoadedRow& row) { return table->Restore(row); }));
  }
  shard.ResumeAfter(assignment.resume_step());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Shard>> RestoreShard(FileSystem& file_system, const RegisterReply& assignment, Role role,
                                                    uint32_t index) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Shard> shard,
                         Shard::Create(assignment.job(), {assignment.job_id(), assignment.incarnation()},
                                       OwnedPartitions(assignment, role, index)));
  if (!assignment.resume_from().empty()) SHOAL_RETURN_IF_ERROR(RestoreRows(file_system, assignment, *shard));
  return shard;
}

}  // namespace shoal
