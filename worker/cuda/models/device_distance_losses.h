// TripletLoss and ContrastiveLoss (worker/losses) on a device: of the same outputs the same triplets and pairs count.
//
// Mined ones take memory for all pairs of rows of the global batch, n * n: 8 bytes a pair, and where triplets or pairs
// are picked by their distance, what sorting all pairs takes.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_DISTANCE_LOSSES_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_DISTANCE_LOSSES_H_

#include <memory>

#include "worker/cuda/models/device_loss.h"

namespace shoal {

// `device` outlives the result.
std::unique_ptr<DeviceLoss> TripletLossOn(const ComputeDevice* device, const TripletSpec& spec);
std::unique_ptr<DeviceLoss> ContrastiveLossOn(const ComputeDevice* device, const ContrastiveSpec& spec);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_DISTANCE_LOSSES_H_
