// torch.nn.CrossEntropyLoss(weight, label_smoothing) of [n, classes] outputs, with top-1 and top-k accuracy.
//
// With logits x, label y, p = softmax(x), C classes of weights w and W their sum, s = label_smoothing, an example's
// loss is
//   (1 - s) w[y] (-log p[y]) + s / C * sum over c of w[c] (-log p[c])
// and the mean divides by the sum of w[y] over the global batch. Its gradient is the loss's over that sum, and zero
// where the sum is zero. Equal outputs rank by class number.
//
// A per-example loss: it needs its own rows alone.
#ifndef SHOAL_WORKER_LOSSES_SOFTMAX_CROSS_ENTROPY_H_
#define SHOAL_WORKER_LOSSES_SOFTMAX_CROSS_ENTROPY_H_

#include <memory>
#include <vector>

#include "proto/job.pb.h"
#include "worker/losses/cross_entropy_formula.h"
#include "worker/losses/loss.h"
#include "worker/losses/loss_spec.h"

namespace shoal {

class SoftmaxCrossEntropyLoss : public Loss {
 public:
  // InvalidArgument names the field and the value that cannot be. REQUIRES: classes >= 1.
  static absl::StatusOr<std::unique_ptr<Loss>> Create(const SoftmaxCrossEntropy& config, int classes);

  // What metrics see of a batch. `predicted`: each row's class with the highest output, -1 where one is NaN.
  static MetricBatch Metrics(const LossBatch& batch, absl::Span<const int64_t> predicted, int top_k);

  LossSpec spec() const override { return CrossEntropySpec{weights_, formula_, top_k_}; }
  bool needs_global_batch() const override { return false; }
  absl::StatusOr<double> MeanDivisor(absl::Span<const int64_t> labels) const override;
  absl::Status Check(const LossBatch& batch) const override { return CheckLabels(batch.labels); }
  absl::Status Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) override;
  bool predicts_classes() const override { return true; }
  absl::Status Predict(absl::Span<const float> outputs, ReadRows read_rows,
                       std::vector<Prediction>* predictions) override;

 private:
  SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropy& config, int classes);

  absl::Status CheckLabels(absl::Span<const int64_t> labels) const;
  // Adds one example's loss; its gradient, times `scale`, replaces `gradient` unless that is null. Returns the class
  // with the highest logit, -1 where one is NaN.
  int AddExample(const float* logits, int label, double scale, float* gradient, MetricSums* sums);

  std::vector<float> weights_;  // By class.
  CrossEntropyFormula formula_;
  int top_k_;
  std::vector<float> scratch_;
  std::vector<int64_t> predicted_;  // By example.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_SOFTMAX_CROSS_ENTROPY_H_
