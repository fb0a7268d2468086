// Records what is queued on a device, so that it can be queued again as one: a CUDA graph.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LAUNCH_RECORDER_H_
#define SHOAL_WORKER_CUDA_KERNELS_LAUNCH_RECORDER_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace shoal {

class RecordedLaunches {
 public:
  // Waits for the device.
  virtual ~RecordedLaunches() = default;
  // Queues all of it, with the arguments of then. REQUIRES: the memory that it uses has not been freed.
  virtual void Launch() = 0;
};

class LaunchRecorder {
 public:
  virtual ~LaunchRecorder() = default;

  // What is queued from now on until End is recorded and not done. REQUIRES: it is kernels, products and Clear. Sorts,
  // copies between host and device, Wait, and memory that is allocated or freed are an error of End; a GPU may not see
  // all of them, the CPU's device does.
  // An error is an earlier one, as Wait would return it; then nothing begins.
  virtual absl::Status Begin() = 0;
  // REQUIRES: Begin has succeeded. On an error nothing is recorded, and the device can be used as before.
  virtual absl::StatusOr<std::unique_ptr<RecordedLaunches>> End() = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LAUNCH_RECORDER_H_
