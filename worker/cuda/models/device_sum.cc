#include "worker/cuda/models/device_sum.h"

#include "common/base/status_macros.h"
#include "worker/cuda/kernels/block_sums.h"

namespace shoal {

DeviceSum::DeviceSum(const ComputeDevice* device)
    : device_(*device),
      blocks_(device->memory.get(), "sums of the batch's losses"),
      host_blocks_(device->memory.get()) {}

absl::Status DeviceSum::Queue(const double* values, int64_t count) {
  num_blocks_ = NumSums(count);
  SHOAL_RETURN_IF_ERROR(blocks_.Reserve(num_blocks_));
  device_.losses->SumDoubles(values, count, blocks_.data());
  host_blocks_.Reserve(num_blocks_);
  host_blocks_.Copy(blocks_.data(), num_blocks_);
  return absl::OkStatus();
}

double DeviceSum::total() const {
  double total = 0;
  for (int64_t k = 0; k < num_blocks_; ++k) total += host_blocks_.data()[k];
  return total;
}

}  // namespace shoal
