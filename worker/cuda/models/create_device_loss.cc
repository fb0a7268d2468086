#include <variant>

#include "worker/cuda/models/device_contrastive_loss.h"
#include "worker/cuda/models/device_cross_entropy.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/cuda/models/device_sampled_softmax.h"
#include "worker/cuda/models/device_triplet_loss.h"

namespace shoal {

std::unique_ptr<DeviceLoss> CreateDeviceLoss(const ComputeDevice* device, const LossSpec& spec, int first_lookup) {
  if (const auto* cross_entropy = std::get_if<CrossEntropySpec>(&spec)) {
    return std::make_unique<DeviceCrossEntropy>(device, *cross_entropy);
  }
  if (const auto* sampled = std::get_if<SampledSoftmaxSpec>(&spec)) {
    return std::make_unique<DeviceSampledSoftmax>(device, *sampled, first_lookup);
  }
  if (const auto* triplet = std::get_if<TripletSpec>(&spec)) return TripletLossOn(device, *triplet);
  if (const auto* contrastive = std::get_if<ContrastiveSpec>(&spec)) return ContrastiveLossOn(device, *contrastive);
  return nullptr;
}

}  // namespace shoal
