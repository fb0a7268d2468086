// Collects the parts of each checkpoint: the tables of each process that holds partitions, and the dense parameters
// where the job has any.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_CHECKPOINT_COLLECTOR_H_
#define SHOAL_LAUNCHER_CHECKPOINT_COLLECTOR_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "launcher/coordinator_events.h"
#include "launcher/parts.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class CheckpointCollector {
 public:
  // REQUIRES: num_parts >= 1. `first_step`: the checkpoint that training starts from, 0 if none.
  CheckpointCollector(int num_parts, uint64_t first_step);

  // Appends CheckpointComplete or CheckpointFailed to `*events` where the report decides the checkpoint; each step is
  // decided once. InvalidArgument: a file name that leaves the checkpoint's folder or stands twice; nothing changes.
  // REQUIRES: 0 <= part < num_parts.
  absl::Status Add(int part, const CheckpointReport& report, std::vector<CoordinatorEvent>* events);

  // Whether the part of the step's checkpoint has been reported, or the checkpoint has been decided.
  bool HasPart(int part, uint64_t step) const;

  // The checkpoint is in place.
  void Published(uint64_t step);
  bool published(uint64_t step) const { return published_.contains(step); }
  uint64_t last_published() const { return last_published_; }

 private:
  const int num_parts_;
  std::map<uint64_t, Parts<CheckpointReport>> parts_;
  absl::flat_hash_set<uint64_t> decided_;
  absl::flat_hash_set<uint64_t> published_;
  uint64_t last_published_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_CHECKPOINT_COLLECTOR_H_
