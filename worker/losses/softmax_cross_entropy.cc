#include "worker/losses/softmax_cross_entropy.h"

#include <cassert>
#include <cmath>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/simd/vector_ops.h"
#include "worker/losses/softmax.h"

namespace shoal {
namespace {

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("softmax_cross_entropy.", field, " ", problem));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Loss>> SoftmaxCrossEntropyLoss::Create(const SoftmaxCrossEntropy& config, int classes) {
  if (config.weight_size() != 0 && config.weight_size() != classes) {
    return Invalid("weight", absl::StrCat("has ", config.weight_size(), " values, expected one for each of the ",
                                          classes, " outputs"));
  }
  for (int c = 0; c < config.weight_size(); ++c) {
    if (!(config.weight(c) >= 0) || std::isinf(config.weight(c))) {
      return Invalid("weight", absl::StrCat("of class ", c, " is ", config.weight(c), ", expected a number from 0 on"));
    }
  }
  if (!(config.label_smoothing() >= 0 && config.label_smoothing() <= 1)) {
    return Invalid("label_smoothing", absl::StrCat("is ", config.label_smoothing(), ", expected 0 to 1"));
  }
  if (config.top_k() < 1) return Invalid("top_k", absl::StrCat("is ", config.top_k(), ", expected at least 1"));
  return absl::WrapUnique(new SoftmaxCrossEntropyLoss(config, classes));
}

SoftmaxCrossEntropyLoss::SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropy& config, int classes)
    : weights_(config.weight().begin(), config.weight().end()), top_k_(config.top_k()), scratch_(classes) {
  if (weights_.empty()) weights_.assign(classes, 1.0F);
  formula_.smoothing = config.label_smoothing();
  formula_.classes = classes;
  for (const float weight : weights_) formula_.weight_sum += weight;
}

MetricBatch SoftmaxCrossEntropyLoss::Metrics(const LossBatch& batch, absl::Span<const int64_t> predicted, int top_k) {
  MetricBatch metrics;
  metrics.training = batch.step > 0;
  metrics.outputs = batch.outputs;
  metrics.num_outputs = batch.dim;
  metrics.labels = batch.labels;
  metrics.predicted = predicted;
  metrics.top_k = top_k;
  return metrics;
}

absl::Status SoftmaxCrossEntropyLoss::CheckLabels(absl::Span<const int64_t> labels) const {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < static_cast<int64_t>(weights_.size())) continue;
    return absl::InvalidArgumentError(absl::StrCat("label of row ", i, " is ", labels[i], ", expected 0 to ",
                                                   weights_.size() - 1, ": the model has ", weights_.size(),
                                                   " outputs"));
  }
  return absl::OkStatus();
}

absl::StatusOr<double> SoftmaxCrossEntropyLoss::MeanDivisor(absl::Span<const int64_t> labels) const {
  SHOAL_RETURN_IF_ERROR(CheckLabels(labels));
  double sum = 0;
  for (const int64_t label : labels) sum += RoundToSum(weights_[label]);
  return sum;
}

absl::Status SoftmaxCrossEntropyLoss::Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) {
  assert(batch.dim == static_cast<int>(weights_.size()) && batch.begin == 0 && batch.end == batch.n);
  SHOAL_RETURN_IF_ERROR(Check(batch));
  const double scale = batch.mean_divisor > 0 ? 1 / batch.mean_divisor : 0;
  predicted_.resize(batch.n);
  for (int64_t i = 0; i < batch.n; ++i) {
    float* gradient = gradients.empty() ? nullptr : &gradients[i * batch.dim];
    predicted_[i] = AddExample(&batch.outputs[i * batch.dim], static_cast<int>(batch.labels[i]), scale, gradient, sums);
  }
  sums->set_examples(sums->examples() + batch.n);
  AddMetrics(Metrics(batch, predicted_, top_k_), sums);
  return absl::OkStatus();
}

absl::Status SoftmaxCrossEntropyLoss::Predict(absl::Span<const float> outputs, ReadRows,
                                              std::vector<Prediction>* predictions) {
  const size_t classes = weights_.size();
  for (; !outputs.empty(); outputs.remove_prefix(classes)) {
    const SoftmaxParts parts = Softmax(outputs.data(), static_cast<int>(classes), scratch_.data());
    predictions->push_back({parts.argmax, static_cast<float>(1 / parts.total())});
  }
  return absl::OkStatus();
}

int SoftmaxCrossEntropyLoss::AddExample(const float* logits, int label, double scale, float* gradient,
                                        MetricSums* sums) {
  const int classes = static_cast<int>(weights_.size());
  const float weight = weights_[label];
  const bool spread = formula_.even() > 0;
  float* exps = gradient ? gradient : scratch_.data();
  const SoftmaxParts parts = Softmax(logits, classes, exps);
  const float weighted_gap = spread ? WeightedGap(weights_.data(), parts.max, logits, classes) : 0.0F;
  const double loss = formula_.Loss(weight, parts.max, logits[label], std::log1p(parts.rest), weighted_gap);
  sums->set_loss(sums->loss() + RoundToSum(loss));
  sums->set_loss_weight(sums->loss_weight() + RoundToSum(weight));
  const int predicted = std::isnan(loss) ? -1 : parts.argmax;
  if (!gradient) return predicted;
  const float label_gradient = formula_.LabelGradient(weight, exps[label], parts.total(), scale);
  Scale(formula_.ExpFactor(weight, parts.total(), scale), gradient, classes);
  if (spread) Axpy(formula_.WeightFactor(scale), weights_.data(), gradient, classes);
  gradient[label] = label_gradient;
  return predicted;
}

}  // namespace shoal
