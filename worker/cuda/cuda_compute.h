// Models on one GPU, and NCCL between those of several workers, or Gloo where workers share a GPU.
#ifndef SHOAL_WORKER_CUDA_CUDA_COMPUTE_H_
#define SHOAL_WORKER_CUDA_CUDA_COMPUTE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "worker/compute/compute.h"
#include "worker/compute/device_info.h"
#include "worker/cuda/cuda_allocator.h"
#include "worker/cuda/cuda_gradient_sums.h"
#include "worker/cuda/cuda_stream.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {

class CudaCompute final : public Compute {
 public:
  // Makes the device that of the calling thread, which makes and uses all that follows.
  static absl::StatusOr<std::unique_ptr<CudaCompute>> Create(const DeviceInfo& device);

  std::string device() const override { return DeviceTitle(device_); }
  absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                     const TrainingData* data) override;
  absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                               CoordinatorLink* link) override;

 private:
  CudaCompute(DeviceInfo device, CudaStream stream) : device_(std::move(device)), stream_(std::move(stream)) {}

  const DeviceInfo device_;
  const CudaStream stream_;  // Of the models' kernels.
  CudaAllocator allocator_;
  ComputeDevice kernels_;                   // On both.
  std::unique_ptr<CudaGradientSums> sums_;  // Null: the collective's are the host's.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUDA_COMPUTE_H_
