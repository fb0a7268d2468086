// Models whose arithmetic a device does.
#ifndef SHOAL_WORKER_CUDA_MODELS_CREATE_DEVICE_MODEL_H_
#define SHOAL_WORKER_CUDA_MODELS_CREATE_DEVICE_MODEL_H_

#include <memory>

#include "absl/status/statusor.h"
#include "worker/collective/gradient_sums.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/model.h"

namespace shoal {

// As CreateModel (worker/model.h). `device` outlives the result, and so do `sums`, by which gradients of dense
// parameters are summed over several workers; null: the caller sums them.
absl::StatusOr<std::unique_ptr<Model>> CreateDeviceModel(const ComputeDevice* device, const ResolvedJob& job,
                                                         const Schedule& schedule, const TrainingData* data,
                                                         GradientSums* sums = nullptr);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_CREATE_DEVICE_MODEL_H_
