// The GPUs that CUDA shows this process.
//
// Thread safety: safe.
#ifndef SHOAL_WORKER_CUDA_CUDA_DEVICES_H_
#define SHOAL_WORKER_CUDA_CUDA_DEVICES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "worker/compute/device_info.h"

namespace shoal {

// At least one. FailedPrecondition says why there is none: no driver, one that is too old, no device.
absl::StatusOr<std::vector<DeviceInfo>> ListCudaDevices();

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUDA_DEVICES_H_
