#include "worker/losses/create_loss.h"

#include "worker/losses/contrastive.h"
#include "worker/losses/softmax_cross_entropy.h"
#include "worker/losses/triplet.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Loss>> CreateLoss(const LossConfig& config, int dim) {
  switch (config.loss_case()) {
    case LossConfig::kSoftmaxCrossEntropy:
      return SoftmaxCrossEntropyLoss::Create(config.softmax_cross_entropy(), dim);
    case LossConfig::kTriplet:
      return TripletLoss::Create(config.triplet());
    case LossConfig::kContrastive:
      return ContrastiveLoss::Create(config.contrastive());
    case LossConfig::kSampledSoftmax:
    case LossConfig::LOSS_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("loss is missing: give softmax_cross_entropy, triplet or contrastive");
}

}  // namespace shoal
