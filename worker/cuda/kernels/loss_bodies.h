// Bodies of LossKernels.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LOSS_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_LOSS_BODIES_H_

#include <cmath>
#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/block_sums.h"
#include "worker/cuda/kernels/indexed_rows.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/loss_kernels.h"
#include "worker/losses/softmax.h"
#include "worker/round_to_sum.h"

namespace shoal {

// Softmax (worker/losses/softmax.h) of n logits, logit(c) each, which the lane reads that ForEach gives c to.
template <class Logit>
SHOAL_HOST_DEVICE SoftmaxParts SoftmaxOf(const Lanes& lanes, int64_t n, const Logit& logit) {
  const float highest = lanes.Max(n, -INFINITY, logit);
  const int64_t argmax = lanes.FirstWhere(n, [&](int64_t c) { return logit(c) == highest; });
  SoftmaxParts parts;
  parts.argmax = static_cast<int>(argmax);
  parts.max = argmax < n ? highest : NAN;  // All are NaN.
  parts.rest = lanes.Sum<float>(
      n, [&](int64_t c, float sum) { return c == argmax ? sum : sum + std::exp(logit(c) - parts.max); });
  if (!std::isfinite(parts.max)) parts.rest = NAN;
  return parts;
}

// Item e.
struct CrossEntropyBody {
  CrossEntropyBatch batch;
  CrossEntropyResults results;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t e) const {
    const int64_t classes = batch.logits.cols;
    const float* const logits = batch.logits.data + e * classes;
    const int64_t label = batch.labels[e];
    const float weight = batch.weights[label];
    const SoftmaxParts parts = SoftmaxOf(lanes, classes, [&](int64_t c) { return logits[c]; });
    float gap = 0;
    if (batch.formula.even() > 0) {
      gap = lanes.Sum<float>(
          classes, [&](int64_t c, float sum) { return scalar::MulAdd(batch.weights[c], parts.max - logits[c], sum); });
    }
    const double loss = batch.formula.Loss(weight, parts.max, logits[label], std::log1p(parts.rest), gap);
    lanes.Once([&] {
      results.losses[e] = RoundToSum(loss);
      results.predicted[e] = std::isnan(loss) ? -1 : parts.argmax;
    });
    if (results.gradients != nullptr) WriteGradient(lanes, parts, logits, label, results.gradients + e * classes);
  }

  SHOAL_HOST_DEVICE void WriteGradient(const Lanes& lanes, const SoftmaxParts& parts, const float* logits,
                                       int64_t label, float* gradient) const {
    const float weight = batch.weights[label];
    const float factor = batch.formula.ExpFactor(weight, parts.total(), batch.scale);
    const float weight_factor = batch.formula.WeightFactor(batch.scale);
    const bool spread = batch.formula.even() > 0;
    lanes.ForEach(batch.logits.cols, [&](int64_t c) {
      const float exp = std::exp(logits[c] - parts.max);
      if (c == label) {
        gradient[c] = batch.formula.LabelGradient(weight, exp, parts.total(), batch.scale);
      } else {
        gradient[c] = spread ? scalar::MulAdd(weight_factor, batch.weights[c], factor * exp) : factor * exp;
      }
    });
  }
};

// Item e.
struct SampledSoftmaxBody {
  SampledSoftmaxTerms terms;
  float* scores;
  SampledSoftmaxResults results;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t e) const {
    const int64_t sampled = terms.num_sampled;
    float* const logits = scores + e * sampled;
    const float label_logit = LabelLogit(lanes, e);
    lanes.ForEach(sampled, [&](int64_t k) { logits[k] = SampledLogit(e, k, logits[k]); });
    // The label's comes last.
    const SoftmaxParts parts =
        SoftmaxOf(lanes, sampled + 1, [&](int64_t k) { return k < sampled ? logits[k] : label_logit; });
    const double loss = NegativeLogSoftmax(parts.max, label_logit, std::log1p(parts.rest));
    lanes.Once([&] { results.losses[e] = RoundToSum(loss); });
    if (results.label_factors == nullptr) return;
    const double total = parts.total();
    lanes.Once([&] {
      const double share = LabelShare(std::exp(label_logit - parts.max), total);
      results.label_factors[e] = static_cast<float>(share * terms.scale);
    });
    lanes.ForEach(sampled, [&](int64_t k) {
      logits[k] = static_cast<float>(std::exp(logits[k] - parts.max) / total * terms.scale);
    });
  }

  SHOAL_HOST_DEVICE float LabelLogit(const Lanes& lanes, int64_t e) const {
    const float* const input = terms.inputs.data + e * terms.inputs.cols;
    const double score = DotRows(lanes, input, RowOf(terms.label_rows, e), terms.inputs.cols);
    const double bias = terms.label_biases.rows != nullptr ? *RowOf(terms.label_biases, e) : 0;
    return static_cast<float>(score + bias - terms.distribution.LogExpectedCount(terms.labels[e], terms.draws));
  }

  SHOAL_HOST_DEVICE float SampledLogit(int64_t e, int64_t k, double score) const {
    if (terms.remove_accidental_hits && terms.sampled[k] == terms.labels[e]) return -INFINITY;
    const double bias = terms.biases != nullptr ? terms.biases[k] : 0;
    return static_cast<float>(score + bias - terms.corrections[k]);
  }
};

// Item e.
struct AddLabelRowsBody {
  SampledSoftmaxTerms terms;
  const float* label_factors;
  float* gradients;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t e) const {
    const float* const row = RowOf(terms.label_rows, e);
    float* const to = gradients + e * terms.inputs.cols;
    lanes.ForEach(terms.inputs.cols, [&](int64_t i) { to[i] = scalar::MulAdd(label_factors[e], row[i], to[i]); });
  }
};

// Item k, of NumSums.
struct SumDoublesBody {
  const double* values;
  int64_t count;
  double* sums;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t k) const {
    const SumRange range(k, count);
    const double* const from = values + range.begin;
    const auto sum = lanes.Sum<double>(range.size, [&](int64_t i, double partial) { return partial + from[i]; });
    lanes.Once([&] { sums[k] = sum; });
  }
};

// LossKernels by a launcher: HostLauncher or CudaLauncher.
template <class Launcher>
class LossKernelsOn final : public LossKernels {
 public:
  explicit LossKernelsOn(Launcher launcher) : launcher_(launcher) {}

  void CrossEntropy(const CrossEntropyBatch& batch, const CrossEntropyResults& results) override {
    launcher_.ForEachItem(batch.logits.rows, CrossEntropyBody{batch, results});
  }
  void SampledSoftmax(const SampledSoftmaxTerms& terms, float* scores, const SampledSoftmaxResults& results) override {
    launcher_.ForEachItem(terms.inputs.rows, SampledSoftmaxBody{terms, scores, results});
  }
  void AddLabelRows(const SampledSoftmaxTerms& terms, const float* label_factors, float* gradients) override {
    launcher_.ForEachItem(terms.inputs.rows, AddLabelRowsBody{terms, label_factors, gradients});
  }
  void SumDoubles(const double* values, int64_t count, double* sums) override {
    launcher_.ForEachItem(NumSums(count), SumDoublesBody{values, count, sums});
  }

 private:
  Launcher launcher_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LOSS_BODIES_H_
