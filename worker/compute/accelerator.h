// The GPUs that this binary can use. What is linked decides: CUDA's (cuda_accelerator), or none (no_accelerator).
#ifndef SHOAL_WORKER_COMPUTE_ACCELERATOR_H_
#define SHOAL_WORKER_COMPUTE_ACCELERATOR_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/compute/compute.h"
#include "worker/compute/device_info.h"

namespace shoal {

class Accelerator {
 public:
  virtual ~Accelerator() = default;

  // At least one. FailedPrecondition says why there is none and what to do: the binary was built without CUDA, there is
  // no driver, it is too old, no device is visible.
  virtual absl::StatusOr<std::vector<DeviceInfo>> ListDevices() const = 0;

  // Makes the device that of the calling thread, which is the one that uses the result. `device`: of ListDevices().
  virtual absl::StatusOr<std::unique_ptr<Compute>> Open(const DeviceInfo& device) const = 0;
};

std::unique_ptr<Accelerator> MakeAccelerator();

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_ACCELERATOR_H_
