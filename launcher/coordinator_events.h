// What the coordinator has found out and the launcher acts on: files to write, checkpoints to publish.
#ifndef SHOAL_LAUNCHER_COORDINATOR_EVENTS_H_
#define SHOAL_LAUNCHER_COORDINATOR_EVENTS_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "launcher/process_id.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// An interval of steps that all workers have completed.
struct IntervalRecord {
  uint64_t step = 0;  // Its last.
  uint32_t epoch = 0;
  MetricSums train;  // All workers' examples.
  double learning_rate = 0;
  double seconds = 0;  // Of the slowest worker.
};

// An epoch that all workers have trained and validated.
struct EpochRecord {
  uint32_t epoch = 0;  // From 1.
  uint64_t step = 0;   // Its last.
  MetricSums train;
  MetricSums validation;     // No examples where the job has no validation.
  double train_seconds = 0;  // Of the slowest worker.
  double validation_seconds = 0;
};

// All parts of a checkpoint are on disk.
struct CheckpointComplete {
  uint64_t step = 0;
  std::vector<CheckpointFile> files;  // In the order of the holders, then that of the dense parameters.
};

// A process could not write its part.
struct CheckpointFailed {
  uint64_t step = 0;
  ProcessId holder;
  std::string error;
};

using CoordinatorEvent = std::variant<IntervalRecord, EpochRecord, CheckpointComplete, CheckpointFailed>;

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COORDINATOR_EVENTS_H_
