// The triplet loss on a device: what triplet.h does on the CPU, which is its oracle.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_TRIPLET_LOSS_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_TRIPLET_LOSS_H_

#include <memory>

#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/losses/loss_spec.h"

namespace shoal {

// `device` outlives the result.
std::unique_ptr<DeviceLoss> TripletLossOn(const ComputeDevice* device, const TripletSpec& spec);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_TRIPLET_LOSS_H_
