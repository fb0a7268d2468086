// The arithmetic of softmax cross-entropy on one example, in double, once its logits have been looked at (softmax.h):
// the only place where it is written, for the CPU and for devices.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_LOSSES_CROSS_ENTROPY_FORMULA_H_
#define SHOAL_WORKER_LOSSES_CROSS_ENTROPY_FORMULA_H_

#include "common/base/host_device.h"

namespace shoal {

// -log softmax of `logit`, with SoftmaxParts::max and log1p(SoftmaxParts::rest).
SHOAL_HOST_DEVICE inline double NegativeLogSoftmax(float max, float logit, double log_rest) {
  return static_cast<double>(max) - logit + log_rest;
}

// softmax - 1 of the label, d(-log softmax) / d logit: exp - total, not share - 1, so that nothing is lost where the
// label is nearly certain.
SHOAL_HOST_DEVICE inline double LabelShare(float label_exp, double total) { return (label_exp - total) / total; }

// softmax_cross_entropy.h's formula. `weight` is that of the example's label, `total` SoftmaxParts::total().
struct CrossEntropyFormula {
  double smoothing = 0;
  int classes = 1;
  double weight_sum = 0;  // Of all classes.

  // Shares of the target: of the label, and of every class.
  SHOAL_HOST_DEVICE double hard(float weight) const { return (1 - smoothing) * weight; }
  SHOAL_HOST_DEVICE double even() const { return smoothing / classes; }

  // `weighted_gap`: WeightedGap of the highest logit; not read where even() is 0.
  SHOAL_HOST_DEVICE double Loss(float weight, float max, float label_logit, double log_rest, float weighted_gap) const {
    const double loss = hard(weight) * NegativeLogSoftmax(max, label_logit, log_rest);
    return even() > 0 ? loss + even() * (weighted_gap + weight_sum * log_rest) : loss;
  }

  // Gradient of the loss times `scale`: of the label's logit; of another's it is exp * ExpFactor, and where even() is
  // not 0 also the class's weight * WeightFactor.
  SHOAL_HOST_DEVICE float LabelGradient(float weight, float label_exp, double total, double scale) const {
    const double spread = even() * (weight_sum * label_exp / total - weight);
    return static_cast<float>(scale * (spread + hard(weight) * LabelShare(label_exp, total)));
  }
  SHOAL_HOST_DEVICE float ExpFactor(float weight, double total, double scale) const {
    return static_cast<float>(scale * (hard(weight) + even() * weight_sum) / total);
  }
  SHOAL_HOST_DEVICE float WeightFactor(double scale) const { return static_cast<float>(-scale * even()); }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_CROSS_ENTROPY_FORMULA_H_
