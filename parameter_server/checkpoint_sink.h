// Where a process that owns partitions puts them at a step boundary: files in real jobs, a record in tests.
#ifndef SHOAL_PARAMETER_SERVER_CHECKPOINT_SINK_H_
#define SHOAL_PARAMETER_SERVER_CHECKPOINT_SINK_H_

#include <cstdint>

#include "absl/status/status.h"

namespace shoal {

class Shard;

class CheckpointSink {
 public:
  virtual ~CheckpointSink() = default;
  // Saves the shard as it is after `shard.applied_step()`. An error ends the job: what cannot be saved is not trained
  // further.
  virtual absl::Status Save(const Shard& shard) = 0;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_CHECKPOINT_SINK_H_
