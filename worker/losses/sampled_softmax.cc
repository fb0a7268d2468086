#include "worker/losses/sampled_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"
#include "worker/losses/cross_entropy_formula.h"
#include "worker/losses/softmax.h"

namespace shoal {
namespace {

// The logits of one example, its label's first; place k + 1 is sampled class k.
class Evaluation {
 public:
  explicit Evaluation(const SampledSoftmaxBatch& batch)
      : batch_(batch), stride_(SegmentFloats(batch.dim)), logits_(batch.sample->classes.size() + 1), exps_(logits_) {
    for (const int64_t c : batch.sample->classes) {
      corrections_.push_back(batch.sampler->LogExpectedCount(c, *batch.sample));
    }
  }

  // Returns the example's loss. `input_gradient` is null where no gradient is wanted.
  double Run(int64_t example, float* input_gradient) {
    ComputeLogits(example);
    const SoftmaxParts parts = Softmax(logits_.data(), static_cast<int>(logits_.size()), exps_.data());
    const double total = parts.total();
    if (input_gradient) {
      std::fill_n(input_gradient, batch_.dim, 0.0F);
      AddGradient(example, 0, LabelShare(exps_[0], total), input_gradient);
      for (size_t k = 1; k < logits_.size(); ++k) AddGradient(example, k, exps_[k] / total, input_gradient);
    }
    return NegativeLogSoftmax(parts.max, logits_[0], std::log1p(parts.rest));
  }

 private:
  const LookupRows& Rows(size_t place) const { return place == 0 ? batch_.label_rows : batch_.sampled_rows; }
  const LookupRows& Biases(size_t place) const { return place == 0 ? batch_.label_bias : batch_.sampled_bias; }
  static size_t At(const LookupRows& lookup, int64_t example, size_t place) {
    return lookup.index[place == 0 ? example : place - 1];
  }
  bool IsHit(int64_t example, size_t place) const {
    return place > 0 && batch_.remove_accidental_hits && batch_.sample->classes[place - 1] == batch_.labels[example];
  }

  void ComputeLogits(int64_t example) {
    const float* input = &batch_.inputs[example * batch_.dim];
    const double label_correction = batch_.sampler->LogExpectedCount(batch_.labels[example], *batch_.sample);
    for (size_t place = 0; place < logits_.size(); ++place) {
      if (IsHit(example, place)) {
        logits_[place] = -std::numeric_limits<float>::infinity();
        continue;
      }
      const LookupRows& rows = Rows(place);
      const LookupRows& biases = Biases(place);
      const double score = Dot(input, rows.rows + At(rows, example, place) * stride_, batch_.dim);
      const double bias = biases.rows ? biases.rows[At(biases, example, place)] : 0;
      const double correction = place == 0 ? label_correction : corrections_[place - 1];
      logits_[place] = static_cast<float>(score + bias - correction);
    }
  }

  void AddGradient(int64_t example, size_t place, double share, float* input_gradient) {
    if (share == 0) return;
    const float gradient = static_cast<float>(share * batch_.gradient_scale);
    const LookupRows& rows = Rows(place);
    const LookupRows& biases = Biases(place);
    const size_t offset = At(rows, example, place) * stride_;
    Axpy(gradient, rows.rows + offset, input_gradient, batch_.dim);
    if (rows.gradients) Axpy(gradient, &batch_.inputs[example * batch_.dim], rows.gradients + offset, batch_.dim);
    if (biases.gradients) biases.gradients[At(biases, example, place)] += gradient;
  }

  const SampledSoftmaxBatch& batch_;
  size_t stride_;
  std::vector<float> logits_;
  std::vector<float> exps_;
  std::vector<double> corrections_;  // By sampled class.
};

}  // namespace

void EvaluateSampledSoftmax(const SampledSoftmaxBatch& batch, absl::Span<float> input_gradients, MetricSums* sums) {
  Evaluation evaluation(batch);
  for (int64_t i = 0; i < batch.n; ++i) {
    float* gradient = input_gradients.empty() ? nullptr : &input_gradients[i * batch.dim];
    sums->set_loss(sums->loss() + RoundToSum(evaluation.Run(i, gradient)));
  }
  sums->set_examples(sums->examples() + batch.n);
  sums->set_loss_weight(sums->loss_weight() + static_cast<double>(batch.n));
}

}  // namespace shoal
