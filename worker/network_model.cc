#include "worker/network_model.h"

#include <numeric>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/losses/create_loss.h"

namespace shoal {
namespace {

int64_t NumClasses(const ResolvedJob& job, const std::string& label) {
  for (const LabelInfo& info : job.labels()) {
    if (info.name() == label) return info.num_classes();
  }
  return 0;
}

// A class without an output could never be predicted.
absl::Status CheckOutputs(const ResolvedJob& job, int outputs) {
  const Network& network = job.job().model().network();
  if (!network.loss().has_softmax_cross_entropy()) return absl::OkStatus();
  const int64_t classes = NumClasses(job, network.label());
  if (outputs == classes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("model.network.tower has ", outputs, " outputs, but column '",
                                                 network.label(), "' has ", classes,
                                                 " classes; softmax_cross_entropy needs an output for each"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Model>> NetworkModel::Create(const ResolvedJob& job, const Schedule& schedule) {
  auto model = absl::WrapUnique(new NetworkModel());
  model->seed_ = job.job().seed();
  SHOAL_RETURN_IF_ERROR(model->AddFeatures(job));
  SHOAL_RETURN_IF_ERROR(model->AddTower(job, schedule));
  SHOAL_RETURN_IF_ERROR(CheckOutputs(job, model->tower_->out_features()));
  SHOAL_ASSIGN_OR_RETURN(model->loss_, CreateLoss(job.job().model().network().loss(), model->tower_->out_features()));
  model->inputs_.columns.label = job.job().model().network().label();
  return std::unique_ptr<Model>(std::move(model));
}

absl::Status NetworkModel::AddFeatures(const ResolvedJob& job) {
  for (const InputFeature& config : job.job().model().network().features()) {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<NetworkFeature> feature, CreateFeature(job, config, &inputs_));
    features_read_rows_ |= feature->reads_rows();
    if (!background_.has_value()) background_ = feature->background();
    features_.push_back(std::move(feature));
  }
  return absl::OkStatus();
}

absl::Status NetworkModel::AddTower(const ResolvedJob& job, const Schedule& schedule) {
  int width = 0;
  for (const std::unique_ptr<NetworkFeature>& feature : features_) width += feature->width();
  SHOAL_ASSIGN_OR_RETURN(tower_, Tower::Create(job.job().model().network().tower(), width));
  std::vector<ParameterSpec> specs = tower_->parameters();
  if (specs.empty()) return absl::OkStatus();
  for (ParameterSpec& spec : specs) spec.name = absl::StrCat("tower.", spec.name);
  SHOAL_ASSIGN_OR_RETURN(dense_,
                         DenseParameters::Create(specs, job.job().training().optimizer(), job.job().seed(), schedule));
  std::vector<ParameterRef> refs;
  for (int i = 0; i < dense_->size(); ++i) refs.push_back(dense_->Ref(i));
  tower_->Bind(refs);
  return absl::OkStatus();
}

absl::Span<const float> NetworkModel::ComputeOutputs(const ModelBatch& batch, bool training) {
  const int64_t examples = batch.num_examples;
  const int width = tower_->in_features();
  input_.Reserve(examples * width);
  float* column = input_.data();
  for (const std::unique_ptr<NetworkFeature>& feature : features_) {
    feature->Forward(batch, column, width);
    column += feature->width();
  }
  positions_.resize(examples);
  std::iota(positions_.begin(), positions_.end(), batch.first_example);
  const ForwardContext context = {training, seed_, batch.step, positions_, background_};
  outputs_ = tower_->Forward(context, {input_.data(), examples, width});
  return {outputs_.data, outputs_.size()};
}

absl::StatusOr<LossBatch> NetworkModel::MakeLossBatch(const ModelBatch& batch) const {
  LossBatch result;
  result.dim = tower_->out_features();
  result.seed = seed_;
  result.step = batch.step;
  if (loss_->needs_global_batch()) {
    result.outputs = batch.outputs;
    result.n = static_cast<int64_t>(batch.outputs.size()) / result.dim;
    result.labels = batch.labels;
    result.begin = batch.first_example;
    result.end = batch.first_example + batch.num_examples;
    return result;
  }
  result.outputs = {outputs_.data, outputs_.size()};
  result.n = batch.num_examples;
  result.labels = batch.labels.subspan(batch.first_example, batch.num_examples);
  result.end = batch.num_examples;
  SHOAL_ASSIGN_OR_RETURN(result.mean_divisor, loss_->MeanDivisor(batch.labels));
  return result;
}

absl::Status NetworkModel::ForwardBackward(const ModelBatch& batch, MetricSums* sums) {
  if (!loss_->needs_global_batch()) ComputeOutputs(batch, /*training=*/true);
  SHOAL_ASSIGN_OR_RETURN(const LossBatch loss_batch, MakeLossBatch(batch));
  gradients_.Reserve(outputs_.size());
  const absl::Span<float> gradients = {gradients_.data(), outputs_.size()};
  SHOAL_RETURN_IF_ERROR(loss_->Evaluate(loss_batch, gradients, sums));
  if (batch.num_examples == 0) {
    if (dense_ != nullptr) dense_->ClearGradients();
    return absl::OkStatus();
  }
  const ConstMatrixView input_gradient =
      tower_->Backward({gradients.data(), outputs_.rows, outputs_.cols}, features_read_rows_);
  const float* column = input_gradient.data;
  for (const std::unique_ptr<NetworkFeature>& feature : features_) {
    if (feature->reads_rows()) feature->Backward(batch, column, input_gradient.cols);
    if (column != nullptr) column += feature->width();
  }
  return absl::OkStatus();
}

absl::Status NetworkModel::Forward(const ModelBatch& batch, MetricSums* sums) {
  if (!loss_->needs_global_batch()) ComputeOutputs(batch, /*training=*/false);
  SHOAL_ASSIGN_OR_RETURN(const LossBatch loss_batch, MakeLossBatch(batch));
  return loss_->Evaluate(loss_batch, {}, sums);
}

}  // namespace shoal
