// The shard that the coordinator's assignment describes, with the rows of the checkpoint it names, or else with those
// that begin as pretrained vectors.
#ifndef SHOAL_PARAMETER_SERVER_RESTORE_SHARD_H_
#define SHOAL_PARAMETER_SERVER_RESTORE_SHARD_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "parameter_server/shard.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// A server's shard owns the partitions that the map gives to `index`; an embedded worker's owns all. Reads the whole
// checkpoint and keeps its own rows, so any number of servers can resume it. DataLoss: the checkpoint is damaged or of
// another step than the assignment says. Without a checkpoint errors are those of BeginPretrained.
absl::StatusOr<std::unique_ptr<Shard>> RestoreShard(FileSystem& file_system, const RegisterReply& assignment, Role role,
                                                    uint32_t index);

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_RESTORE_SHARD_H_
