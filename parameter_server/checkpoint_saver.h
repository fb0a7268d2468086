// Writes a shard's part of a checkpoint and tells the coordinator, which publishes the checkpoint once all parts are
// there.
#ifndef SHOAL_PARAMETER_SERVER_CHECKPOINT_SAVER_H_
#define SHOAL_PARAMETER_SERVER_CHECKPOINT_SAVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/coordination/coordinator_link.h"
#include "parameter_server/checkpoint_sink.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class CheckpointSaver : public CheckpointSink {
 public:
  // `file_system` and `link` outlive the saver.
  CheckpointSaver(FileSystem& file_system, const RegisterReply& assignment, Role role, uint32_t index,
                  CoordinatorLink* link);

  // Returns once the part is on disk and the coordinator knows.
  absl::Status Save(const Shard& shard) override;

 private:
  absl::StatusOr<std::vector<CheckpointFile>> Write(const Shard& shard) const;

  FileSystem& file_system_;
  const std::string directory_;
  const Role role_;
  const uint32_t index_;
  const int num_holders_;
  CoordinatorLink* const link_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_CHECKPOINT_SAVER_H_
