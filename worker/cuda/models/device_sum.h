// The sum of numbers on a device, for the host: blocks of them are summed there, and the blocks' sums here, in order.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_SUM_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_SUM_H_

#include <cstdint>

#include "absl/status/status.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {

class DeviceSum {
 public:
  // `device` outlives the sum.
  explicit DeviceSum(const ComputeDevice* device);

  // Queues the sum of `count` values in the device's memory.
  absl::Status Queue(const double* values, int64_t count);
  // Of the last Queue. REQUIRES: the device's Wait since then.
  double total() const;

 private:
  const ComputeDevice& device_;
  int64_t num_blocks_ = 0;
  DeviceArray<double> blocks_;
  HostArray<double> host_blocks_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_SUM_H_
