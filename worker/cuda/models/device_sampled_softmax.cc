#include "worker/cuda/models/device_sampled_softmax.h"

#include <algorithm>

#include "common/base/status_macros.h"

namespace shoal {
namespace {

// So many rows of floats end on a 64-byte boundary, whatever their width, where products are fastest.
constexpr int64_t kAlignedRows = 16;

}  // namespace

DeviceSampledSoftmax::DeviceSampledSoftmax(const ComputeDevice* device, const SampledSoftmaxSpec& spec,
                                           int first_lookup, int64_t logits_a_block)
    : device_(*device),
      spec_(spec),
      label_rows_(first_lookup),
      other_rows_(first_lookup + 1),
      label_biases_(first_lookup + 2),
      other_biases_(first_lookup + 3),
      logits_a_block_(logits_a_block),
      labels_(device->memory.get(), "the batch's labels"),
      sampled_(device->memory.get(), "the sample's classes"),
      corrections_(device->memory.get(), "the sample's expected counts"),
      class_rows_(device->memory.get(), "rows of classes"),
      class_biases_(device->memory.get(), "biases of classes"),
      scores_(device->memory.get(), "scores of classes"),
      label_factors_(device->memory.get(), "gradients of the labels' scores"),
      losses_(device->memory.get(), "the batch's losses"),
      loss_(device),
      class_gradients_(device->memory.get(), "gradients of classes"),
      bias_gradients_(device->memory.get(), "gradients of biases"),
      column_sums_(device->memory.get(), "gradients of biases") {
  if (spec.all_classes.has_value()) {
    all_classes_ = std::make_unique<DeviceCrossEntropy>(device, *spec.all_classes);
  }
}

absl::Status DeviceSampledSoftmax::Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                                            DeviceLookups& lookups) {
  if (ReadsAllClasses(batch)) return EvaluateAllClasses(batch, outputs, lookups);
  return EvaluateSample(batch, outputs, gradients, lookups);
}

absl::Status DeviceSampledSoftmax::GatherClasses(int64_t count, int dim, const DeviceLookups& lookups) {
  const auto gather = [&](int lookup, int width, DeviceArray<float>* to) {
    SHOAL_RETURN_IF_ERROR(to->Reserve(count * width));
    const IndexedRows rows = lookups.rows(lookup);
    device_.rows->GatherRows(rows.rows, rows.stride, rows.index, count, width, to->data());
    return absl::OkStatus();
  };
  SHOAL_RETURN_IF_ERROR(gather(other_rows_, dim, &class_rows_));
  return spec_.has_biases ? gather(other_biases_, 1, &class_biases_) : absl::OkStatus();
}

absl::Status DeviceSampledSoftmax::EvaluateAllClasses(const LossBatch& batch, ConstMatrixView outputs,
                                                      const DeviceLookups& lookups) {
  const int classes = all_classes_->classes();
  SHOAL_RETURN_IF_ERROR(GatherClasses(classes, outputs.cols, lookups));
  const int64_t all = outputs.rows;
  int64_t block = all_classes_->KeepsLogits(batch) ? all : std::clamp<int64_t>(logits_a_block_ / classes, 1, all);
  if (block > kAlignedRows) block -= block % kAlignedRows;
  SHOAL_RETURN_IF_ERROR(scores_.Reserve(block * classes));
  SHOAL_RETURN_IF_ERROR(all_classes_->Begin(batch));
  const ConstMatrixView class_rows = {class_rows_.data(), classes, outputs.cols};
  for (int64_t begin = 0; begin < all; begin += block) {
    const int64_t size = std::min(block, all - begin);
    const MatrixView logits = {scores_.data(), size, classes};
    device_.gemm->Multiply(ConstMatrixView{outputs.row(begin), size, outputs.cols}, Transposed(class_rows), logits,
                           spec_.has_biases ? class_biases_.data() : nullptr);
    all_classes_->Add(batch, begin, logits, nullptr);
  }
  return all_classes_->End(batch);
}

absl::StatusOr<SampledSoftmaxTerms> DeviceSampledSoftmax::CopySample(const LossBatch& batch, ConstMatrixView outputs,
                                                                     const DeviceLookups& lookups) {
  sample_ = spec_.sampler.Sample(batch.seed, batch.step);
  host_corrections_.clear();
  for (const int64_t c : sample_.classes) host_corrections_.push_back(spec_.sampler.LogExpectedCount(c, sample_));
  SHOAL_RETURN_IF_ERROR(labels_.Assign(batch.labels));
  SHOAL_RETURN_IF_ERROR(sampled_.Assign(sample_.classes));
  SHOAL_RETURN_IF_ERROR(corrections_.Assign(host_corrections_));
  SampledSoftmaxTerms terms;
  terms.inputs = outputs;
  terms.labels = labels_.data();
  terms.label_rows = lookups.rows(label_rows_);
  if (spec_.has_biases) terms.label_biases = lookups.rows(label_biases_);
  terms.num_sampled = static_cast<int>(sample_.classes.size());
  SHOAL_RETURN_IF_ERROR(GatherClasses(terms.num_sampled, outputs.cols, lookups));
  terms.sampled = sampled_.data();
  terms.corrections = corrections_.data();
  if (spec_.has_biases) terms.biases = class_biases_.data();
  terms.distribution = spec_.sampler.distribution();
  terms.draws = sample_.draws;
  terms.remove_accidental_hits = spec_.remove_accidental_hits;
  terms.scale = 1 / batch.mean_divisor;
  return terms;
}

absl::Status DeviceSampledSoftmax::EvaluateSample(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                                                  DeviceLookups& lookups) {
  SHOAL_ASSIGN_OR_RETURN(const SampledSoftmaxTerms terms, CopySample(batch, outputs, lookups));
  SHOAL_RETURN_IF_ERROR(scores_.Reserve(outputs.rows * terms.num_sampled));
  SHOAL_RETURN_IF_ERROR(losses_.Reserve(outputs.rows));
  SHOAL_RETURN_IF_ERROR(label_factors_.Reserve(outputs.rows));
  const MatrixView scores = {scores_.data(), outputs.rows, terms.num_sampled};
  const ConstMatrixView class_rows = {class_rows_.data(), terms.num_sampled, outputs.cols};
  device_.gemm->Multiply(outputs, Transposed(class_rows), scores);
  float* const label_factors = gradients != nullptr ? label_factors_.data() : nullptr;
  device_.losses->SampledSoftmax(terms, scores_.data(), {losses_.data(), label_factors});
  SHOAL_RETURN_IF_ERROR(loss_.Queue(losses_.data(), outputs.rows));
  if (gradients == nullptr) return absl::OkStatus();
  device_.gemm->Multiply(ConstMatrixView(scores), class_rows, {gradients, outputs.rows, outputs.cols});
  device_.losses->AddLabelRows(terms, label_factors, gradients);
  return AddRowGradients(terms, lookups);
}

absl::Status DeviceSampledSoftmax::AddRowGradients(const SampledSoftmaxTerms& terms, DeviceLookups& lookups) {
  const ConstMatrixView outputs = terms.inputs;
  const ConstMatrixView factors = {scores_.data(), outputs.rows, terms.num_sampled};
  PlaceTerms of_labels;
  of_labels.dim = outputs.cols;
  of_labels.source = outputs.data;
  of_labels.stride = outputs.cols;
  of_labels.factors = label_factors_.data();
  SHOAL_RETURN_IF_ERROR(lookups.AddGradients(label_rows_, of_labels));
  SHOAL_RETURN_IF_ERROR(class_gradients_.Reserve(int64_t{terms.num_sampled} * outputs.cols));
  device_.gemm->Multiply(Transposed(factors), outputs, {class_gradients_.data(), terms.num_sampled, outputs.cols});
  PlaceTerms of_others;
  of_others.dim = outputs.cols;
  of_others.source = class_gradients_.data();
  of_others.stride = outputs.cols;
  SHOAL_RETURN_IF_ERROR(lookups.AddGradients(other_rows_, of_others));
  if (!spec_.has_biases) return absl::OkStatus();
  of_labels.dim = 1;
  of_labels.source = label_factors_.data();
  of_labels.stride = 1;
  of_labels.factors = nullptr;
  SHOAL_RETURN_IF_ERROR(lookups.AddGradients(label_biases_, of_labels));
  SHOAL_RETURN_IF_ERROR(bias_gradients_.Reserve(terms.num_sampled));
  SHOAL_RETURN_IF_ERROR(column_sums_.Reserve(LayerKernels::NumColumnSums(factors.rows) * factors.cols));
  device_.layers->ColumnSums(factors, column_sums_.data(), bias_gradients_.data());
  of_others.dim = 1;
  of_others.source = bias_gradients_.data();
  of_others.stride = 1;
  return lookups.AddGradients(other_biases_, of_others);
}

void DeviceSampledSoftmax::AddSums(const LossBatch& batch, MetricSums* sums) {
  if (ReadsAllClasses(batch)) return all_classes_->AddSums(batch, sums);
  sums->set_loss(sums->loss() + loss_.total());
  sums->set_examples(sums->examples() + batch.n);
  sums->set_loss_weight(sums->loss_weight() + static_cast<double>(batch.n));
}

}  // namespace shoal
