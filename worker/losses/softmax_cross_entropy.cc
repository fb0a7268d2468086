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
    : weights_(config.weight().begin(), config.weight().end()),
      smoothing_(config.label_smoothing()),
      top_k_(config.top_k()),
      scratch_(classes) {
  if (weights_.empty()) weights_.assign(classes, 1.0F);
  for (const float weight : weights_) weight_sum_ += weight;
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
  SHOAL_RETURN_IF_ERROR(CheckLabels(batch.labels));
  const double scale = batch.mean_divisor > 0 ? 1 / batch.mean_divisor : 0;
  predicted_.resize(batch.n);
  for (int64_t i = 0; i < batch.n; ++i) {
    float* gradient = gradients.empty() ? nullptr : &gradients[i * batch.dim];
    predicted_[i] = AddExample(&batch.outputs[i * batch.dim], static_cast<int>(batch.labels[i]), scale, gradient, sums);
  }
  sums->set_examples(sums->examples() + batch.n);
  MetricBatch metrics;
  metrics.training = batch.step > 0;
  metrics.outputs = batch.outputs;
  metrics.num_outputs = batch.dim;
  metrics.labels = batch.labels;
  metrics.predicted = predicted_;
  metrics.top_k = top_k_;
  AddMetrics(metrics, sums);
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
  float* exps = gradient ? gradient : scratch_.data();
  const SoftmaxParts parts = Softmax(logits, classes, exps);
  const double log_rest = std::log1p(parts.rest);
  const double hard = (1 - smoothing_) * weights_[label];  // Share of the label,
  const double even = smoothing_ / classes;                // and of every class.
  double loss = hard * (static_cast<double>(parts.max) - logits[label] + log_rest);
  if (even > 0) loss += even * (WeightedGap(weights_.data(), parts.max, logits, classes) + weight_sum_ * log_rest);
  sums->set_loss(sums->loss() + RoundToSum(loss));
  sums->set_loss_weight(sums->loss_weight() + RoundToSum(weights_[label]));
  const int predicted = std::isnan(loss) ? -1 : parts.argmax;
  if (!gradient) return predicted;
  const double total = parts.total();
  const double label_gradient =
      even * (weight_sum_ * exps[label] / total - weights_[label]) - hard * ((total - exps[label]) / total);
  Scale(static_cast<float>(scale * (hard + even * weight_sum_) / total), gradient, classes);
  if (even > 0) Axpy(static_cast<float>(-scale * even), weights_.data(), gradient, classes);
  gradient[label] = static_cast<float>(scale * label_gradient);
  return predicted;
}

}  // namespace shoal
