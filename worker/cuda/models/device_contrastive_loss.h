// The contrastive loss on a device: what contrastive.h does on the CPU, which is its oracle.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_CONTRASTIVE_LOSS_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_CONTRASTIVE_LOSS_H_

#include <memory>

#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/losses/loss_spec.h"

namespace shoal {

// `device` outlives the result.
std::unique_ptr<DeviceLoss> ContrastiveLossOn(const ComputeDevice* device, const ContrastiveSpec& spec);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_CONTRASTIVE_LOSS_H_
