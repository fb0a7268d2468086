// How much of its device's memory a worker will need: what `shoal train --dry_run` shows before anything is started.
//
// An upper bound, of the largest batch of any worker, training or validation. Buffers grow by half when they must, so
// that what is allocated lies between the need and 1.5 times as much; the bound is the latter. Not in it: what CUDA
// itself takes, a few hundred MiB a process.
#ifndef SHOAL_WORKER_COMPUTE_DEVICE_MEMORY_PLAN_H_
#define SHOAL_WORKER_COMPUTE_DEVICE_MEMORY_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/job.pb.h"

namespace shoal {

struct DeviceMemoryPlan {
  struct Entry {
    std::string name;  // "rows of user", "tower: outputs".
    int64_t bytes;
  };
  std::vector<Entry> entries;
  // What depends on the data in a way that the job does not say, in words.
  std::vector<std::string> not_counted;

  int64_t TotalBytes() const;
};

// REQUIRES: the job is valid and resolved.
DeviceMemoryPlan PlanDeviceMemory(const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_DEVICE_MEMORY_PLAN_H_
