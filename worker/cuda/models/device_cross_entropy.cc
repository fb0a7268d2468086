#include "worker/cuda/models/device_cross_entropy.h"

#include <utility>

#include "common/base/status_macros.h"
#include "worker/losses/softmax_cross_entropy.h"
#include "worker/metric_sums.h"

namespace shoal {

DeviceCrossEntropy::DeviceCrossEntropy(const ComputeDevice* device, CrossEntropySpec spec)
    : device_(*device),
      spec_(std::move(spec)),
      weights_(device->memory.get(), "weights of the classes"),
      labels_(device->memory.get(), "the batch's labels"),
      losses_(device->memory.get(), "the batch's losses"),
      predicted_(device->memory.get(), "the batch's predicted classes"),
      loss_(device),
      host_predicted_(device->memory.get()),
      host_logits_(device->memory.get()) {}

absl::Status DeviceCrossEntropy::Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                                          DeviceLookups&) {
  SHOAL_RETURN_IF_ERROR(Begin(batch));
  Add(batch, 0, outputs, gradients);
  return End(batch);
}

absl::Status DeviceCrossEntropy::Begin(const LossBatch& batch) {
  if (!has_weights_) SHOAL_RETURN_IF_ERROR(weights_.Assign(spec_.weights));
  has_weights_ = true;
  SHOAL_RETURN_IF_ERROR(labels_.Assign(batch.labels));
  SHOAL_RETURN_IF_ERROR(losses_.Reserve(batch.n));
  SHOAL_RETURN_IF_ERROR(predicted_.Reserve(batch.n));
  if (KeepsLogits(batch)) host_logits_.Reserve(batch.n * classes());
  return absl::OkStatus();
}

void DeviceCrossEntropy::Add(const LossBatch& batch, int64_t first, ConstMatrixView logits, float* gradients) {
  CrossEntropyBatch part;
  part.logits = logits;
  part.labels = labels_.data() + first;
  part.weights = weights_.data();
  part.formula = spec_.formula;
  part.scale = batch.mean_divisor > 0 ? 1 / batch.mean_divisor : 0;
  device_.losses->CrossEntropy(part, {losses_.data() + first, predicted_.data() + first, gradients});
  if (KeepsLogits(batch)) host_logits_.Copy(logits.data, logits.size(), first * classes());
}

absl::Status DeviceCrossEntropy::End(const LossBatch& batch) {
  SHOAL_RETURN_IF_ERROR(loss_.Queue(losses_.data(), batch.n));
  host_predicted_.Reserve(batch.n);
  host_predicted_.Copy(predicted_.data(), batch.n);
  return absl::OkStatus();
}

MetricBatch DeviceCrossEntropy::Metrics(const LossBatch& batch) const {
  MetricBatch metrics =
      SoftmaxCrossEntropyLoss::Metrics(batch, {host_predicted_.data(), static_cast<size_t>(batch.n)}, spec_.top_k);
  metrics.num_outputs = classes();
  metrics.outputs = {host_logits_.data(), static_cast<size_t>(batch.n * classes())};
  return metrics;
}

void DeviceCrossEntropy::AddSums(const LossBatch& batch, MetricSums* sums) {
  double weight = 0;
  for (const int64_t label : batch.labels) weight += RoundToSum(spec_.weights[label]);
  sums->set_loss(sums->loss() + loss_.total());
  sums->set_loss_weight(sums->loss_weight() + weight);
  sums->set_examples(sums->examples() + batch.n);
  MetricBatch metrics = Metrics(batch);
  if (!MetricsReadOutputs(metrics)) metrics.outputs = {};
  AddMetrics(metrics, sums);
}

}  // namespace shoal
