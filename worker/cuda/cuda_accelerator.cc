// The accelerator of a binary that was built with CUDA.
#include "worker/compute/accelerator.h"
#include "worker/cuda/cuda_compute.h"
#include "worker/cuda/cuda_devices.h"

namespace shoal {
namespace {

class CudaAccelerator final : public Accelerator {
 public:
  absl::StatusOr<std::vector<DeviceInfo>> ListDevices() const override { return ListCudaDevices(); }
  absl::StatusOr<std::unique_ptr<Compute>> Open(const DeviceInfo& device) const override {
    return CudaCompute::Create(device);
  }
};

}  // namespace

std::unique_ptr<Accelerator> MakeAccelerator() { return std::make_unique<CudaAccelerator>(); }

}  // namespace shoal
