#include "worker/network_model.h"

#include <numeric>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/config/member_features.h"
#include "common/data/check_network.h"
#include "worker/features/feature_tables.h"
#include "worker/losses/create_loss.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Model>> NetworkModel::Create(const ResolvedJob& job, const Schedule& schedule) {
  auto model = absl::WrapUnique(new NetworkModel());
  model->seed_ = job.job().seed();
  SHOAL_RETURN_IF_ERROR(model->AddFeatures(job));
  SHOAL_RETURN_IF_ERROR(model->AddTower(job, schedule));
  SHOAL_RETURN_IF_ERROR(model->AddLoss(job));
  return std::unique_ptr<Model>(std::move(model));
}

absl::Status NetworkModel::AddFeatures(const ResolvedJob& job) {
  const Network& network = job.job().model().network();
  const int further = NumFurtherMembers(network.loss());
  if (network.members_size() != further) {
    return absl::InvalidArgumentError(absl::StrCat("model.network.members has ", network.members_size(),
                                                   ", but the loss compares an example with ", further));
  }
  for (int member = 0; member <= further; ++member) SHOAL_RETURN_IF_ERROR(AddMember(job, member));
  if (further > 0 && network.loss().has_contrastive()) {
    const std::string& same = network.loss().contrastive().same();
    const size_t features = inputs_.columns.numbers.size();
    same_column_ = FindOrAddColumn(same, &inputs_.columns.numbers);
    if (inputs_.columns.numbers.size() > features) inputs_.columns.targets.push_back(same);
  }
  return absl::OkStatus();
}

absl::Status NetworkModel::AddMember(const ResolvedJob& job, int member) {
  features_.emplace_back();
  int width = 0;
  for (const InputFeature& config : MemberFeatures(job.job().model().network(), member)) {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<NetworkFeature> feature, CreateFeature(job, config, &inputs_));
    features_read_rows_ |= feature->reads_rows();
    if (!background_.has_value()) background_ = feature->background();
    width += feature->width();
    features_.back().push_back(std::move(feature));
  }
  if (member == 0) width_ = width;
  if (width == width_) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("model.network.members[", member - 1, "] makes ", width,
                                                 " numbers, but the features make ", width_,
                                                 "; all members go through one tower"));
}

absl::Status NetworkModel::AddTower(const ResolvedJob& job, const Schedule& schedule) {
  SHOAL_ASSIGN_OR_RETURN(tower_, Tower::Create(job.job().model().network().tower(), width_));
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

absl::Status NetworkModel::AddLoss(const ResolvedJob& job) {
  SHOAL_RETURN_IF_ERROR(CheckNetwork(job));
  const Network& network = job.job().model().network();
  SHOAL_ASSIGN_OR_RETURN(loss_, CreateLoss(network.loss(), tower_->out_features(), job));
  inputs_.columns.label = network.label();
  first_loss_lookup_ = inputs_.lookups.size();
  inputs_.lookups.insert(inputs_.lookups.end(), loss_->lookups().begin(), loss_->lookups().end());
  return absl::OkStatus();
}

ConstMatrixView NetworkModel::RunTower(const ModelBatch& batch, bool training, int members, int layers) {
  const int64_t rows = batch.num_examples * members;
  input_.Reserve(rows * width_);
  float* column = input_.data();  // Null where there are no examples.
  for (int member = 0; member < members && rows > 0; ++member) {
    for (const std::unique_ptr<NetworkFeature>& feature : features_[member]) {
      feature->Forward(batch, column, int64_t{members} * width_);
      column += feature->width();
    }
  }
  positions_.resize(rows);
  std::iota(positions_.begin(), positions_.end(), batch.first_example * members);
  const ForwardContext context = {training, seed_, batch.step, positions_, background_};
  return tower_->ForwardLayers(context, {input_.data(), rows, width_}, layers);
}

absl::Span<const float> NetworkModel::ComputeOutputs(const ModelBatch& batch, bool training) {
  outputs_ = RunTower(batch, training, num_members(), tower_->num_layers());
  return {outputs_.data, outputs_.size()};
}

ConstMatrixView NetworkModel::ComputeEmbeddings(const ModelBatch& batch, int layers) {
  return RunTower(batch, /*training=*/false, /*members=*/1, layers);
}

absl::Status NetworkModel::Predict(const ModelBatch& batch, ReadRows read_rows, std::vector<Prediction>* predictions) {
  return loss_->Predict(ComputeOutputs(batch, /*training=*/false), read_rows, predictions);
}

void NetworkModel::FillTuples(const ModelBatch& batch, int64_t examples) {
  tuples_.clear();
  for (int64_t i = 0; i < examples; ++i) {
    const int64_t row = i * num_members();
    const bool is_pair = same_column_ >= 0;
    tuples_.insert(tuples_.end(),
                   {row, row + 1, is_pair ? static_cast<int64_t>(batch.numbers[same_column_][i]) : row + 2});
  }
}

absl::StatusOr<LossBatch> NetworkModel::MakeLossBatch(const ModelBatch& batch) {
  LossBatch result;
  result.dim = tower_->out_features();
  result.seed = seed_;
  result.step = batch.step;
  result.rows = absl::MakeConstSpan(batch.lookups).subspan(first_loss_lookup_);
  result.rows_per_example = num_members();
  const bool global = loss_->needs_global_batch();
  result.outputs = global ? batch.outputs : absl::MakeConstSpan(outputs_.data, outputs_.size());
  result.n = static_cast<int64_t>(result.outputs.size()) / result.dim;
  result.begin = global ? batch.first_example * num_members() : 0;
  result.end = result.begin + batch.num_examples * num_members();
  if (num_members() > 1) {
    FillTuples(batch, result.n / num_members());
    result.tuples = tuples_;
    result.mean_divisor = static_cast<double>(batch.global_batch_size);
    return result;
  }
  result.labels = batch.labels;
  if (global) return result;
  result.labels = batch.labels.subspan(batch.first_example, batch.num_examples);
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
  for (const auto& member : features_) {
    for (const std::unique_ptr<NetworkFeature>& feature : member) {
      if (feature->reads_rows()) feature->Backward(batch, column, int64_t{num_members()} * width_);
      if (column != nullptr) column += feature->width();
    }
  }
  return absl::OkStatus();
}

absl::Status NetworkModel::Forward(const ModelBatch& batch, MetricSums* sums) {
  if (!loss_->needs_global_batch()) ComputeOutputs(batch, /*training=*/false);
  SHOAL_ASSIGN_OR_RETURN(const LossBatch loss_batch, MakeLossBatch(batch));
  return loss_->Evaluate(loss_batch, {}, sums);
}

}  // namespace shoal
