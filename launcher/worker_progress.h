// What a worker has said of itself so far.
#ifndef SHOAL_LAUNCHER_WORKER_PROGRESS_H_
#define SHOAL_LAUNCHER_WORKER_PROGRESS_H_

#include <cstdint>

namespace shoal {

struct WorkerProgress {
  uint64_t reports = 0;
  uint64_t step = 0;  // The highest that it has reported.
  bool has_finished = false;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_WORKER_PROGRESS_H_
