#include "worker/losses/create_loss.h"

#include "worker/losses/contrastive.h"
#include "worker/losses/sampled_softmax_loss.h"
#include "worker/losses/softmax_cross_entropy.h"
#include "worker/losses/triplet.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Loss>> CreateLoss(const LossConfig& config, int dim, const ResolvedJob& job) {
  switch (config.loss_case()) {
    case LossConfig::kSoftmaxCrossEntropy:
      return SoftmaxCrossEntropyLoss::Create(config.softmax_cross_entropy(), dim);
    case LossConfig::kTriplet:
      return TripletLoss::Create(config.triplet());
    case LossConfig::kContrastive:
      return ContrastiveLoss::Create(config.contrastive());
    case LossConfig::kSampledSoftmax:
      return SampledSoftmaxLoss::Create(config.sampled_softmax(), dim, job);
    case LossConfig::LOSS_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "loss is missing: give softmax_cross_entropy, triplet, contrastive or sampled_softmax");
}

}  // namespace shoal
