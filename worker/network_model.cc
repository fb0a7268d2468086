#include "worker/network_model.h"

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

absl::StatusOr<std::unique_ptr<Model>> NetworkModel::Create(const ResolvedJob& job, const Schedule& schedule,
                                                            const NetworkBodyFactory& make_body) {
  auto model = absl::WrapUnique(new NetworkModel());
  model->parts_.seed = job.job().seed();
  SHOAL_RETURN_IF_ERROR(model->AddFeatures(job));
  SHOAL_RETURN_IF_ERROR(model->AddTower(job, schedule));
  SHOAL_RETURN_IF_ERROR(model->AddLoss(job));
  if (make_body) {
    SHOAL_ASSIGN_OR_RETURN(model->device_body_, make_body(&model->parts_, job.job(), model->inputs_.lookups));
  }
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
  parts_.features.emplace_back();
  int width = 0;
  for (const InputFeature& config : MemberFeatures(job.job().model().network(), member)) {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<NetworkFeature> feature, CreateFeature(job, config, &inputs_));
    parts_.features_read_rows |= feature->reads_rows();
    if (!parts_.background.has_value()) parts_.background = feature->background();
    width += feature->width();
    parts_.features.back().push_back(std::move(feature));
  }
  if (member == 0) parts_.width = width;
  if (width == parts_.width) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("model.network.members[", member - 1, "] makes ", width,
                                                 " numbers, but the features make ", parts_.width,
                                                 "; all members go through one tower"));
}

absl::Status NetworkModel::AddTower(const ResolvedJob& job, const Schedule& schedule) {
  SHOAL_ASSIGN_OR_RETURN(parts_.tower, Tower::Create(job.job().model().network().tower(), parts_.width));
  std::vector<ParameterSpec> specs = parts_.tower->parameters();
  if (specs.empty()) return absl::OkStatus();
  for (ParameterSpec& spec : specs) spec.name = absl::StrCat("tower.", spec.name);
  SHOAL_ASSIGN_OR_RETURN(parts_.dense,
                         DenseParameters::Create(specs, job.job().training().optimizer(), job.job().seed(), schedule));
  std::vector<ParameterRef> refs;
  for (int i = 0; i < parts_.dense->size(); ++i) refs.push_back(parts_.dense->Ref(i));
  parts_.tower->Bind(refs);
  return absl::OkStatus();
}

absl::Status NetworkModel::AddLoss(const ResolvedJob& job) {
  SHOAL_RETURN_IF_ERROR(CheckNetwork(job));
  const Network& network = job.job().model().network();
  SHOAL_ASSIGN_OR_RETURN(parts_.loss, CreateLoss(network.loss(), parts_.tower->out_features(), job));
  inputs_.columns.label = network.label();
  parts_.num_feature_lookups = static_cast<int>(inputs_.lookups.size());
  inputs_.lookups.insert(inputs_.lookups.end(), parts_.loss->lookups().begin(), parts_.loss->lookups().end());
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<const float>> NetworkModel::ComputeOutputs(const ModelBatch& batch, bool training) {
  SHOAL_ASSIGN_OR_RETURN(outputs_, body().Forward(batch, training));
  return absl::MakeConstSpan(outputs_.data, outputs_.size());
}

ConstMatrixView NetworkModel::ComputeEmbeddings(const ModelBatch& batch, int layers) {
  return cpu_body_.Compute(batch, /*training=*/false, /*members=*/1, layers);
}

absl::Status NetworkModel::Predict(const ModelBatch& batch, ReadRows read_rows, std::vector<Prediction>* predictions) {
  const ConstMatrixView outputs =
      cpu_body_.Compute(batch, /*training=*/false, parts_.num_members(), parts_.tower->num_layers());
  return parts_.loss->Predict({outputs.data, outputs.size()}, read_rows, predictions);
}

void NetworkModel::FillTuples(const ModelBatch& batch, int64_t examples) {
  tuples_.clear();
  for (int64_t i = 0; i < examples; ++i) {
    const int64_t row = i * parts_.num_members();
    const bool is_pair = same_column_ >= 0;
    tuples_.insert(tuples_.end(),
                   {row, row + 1, is_pair ? static_cast<int64_t>(batch.numbers[same_column_][i]) : row + 2});
  }
}

absl::StatusOr<LossBatch> NetworkModel::MakeLossBatch(const ModelBatch& batch) {
  LossBatch result;
  const int64_t members = parts_.num_members();
  const int64_t own = batch.num_examples * members;
  result.dim = parts_.tower->out_features();
  result.seed = parts_.seed;
  result.step = batch.step;
  result.rows = absl::MakeConstSpan(batch.lookups).subspan(parts_.num_feature_lookups);
  result.rows_per_example = parts_.num_members();
  const bool gathered = !batch.outputs.empty();
  result.n = gathered ? static_cast<int64_t>(batch.outputs.size()) / result.dim : own;
  result.begin = gathered ? batch.first_example * members : 0;
  result.end = result.begin + own;
  if (members > 1) {
    FillTuples(batch, result.n / members);
    result.tuples = tuples_;
    result.mean_divisor = static_cast<double>(batch.global_batch_size);
    return result;
  }
  result.labels = batch.labels;
  if (parts_.loss->needs_global_batch()) return result;
  result.labels = batch.labels.subspan(batch.first_example, batch.num_examples);
  SHOAL_ASSIGN_OR_RETURN(result.mean_divisor, parts_.loss->MeanDivisor(batch.labels));
  return result;
}

absl::Status NetworkModel::Compute(const ModelBatch& batch, bool training, MetricSums* sums) {
  SHOAL_ASSIGN_OR_RETURN(const LossBatch loss_batch, MakeLossBatch(batch));
  if (!body().has_loss()) return ComputeOnHost(batch, loss_batch, training, sums);
  SHOAL_RETURN_IF_ERROR(parts_.loss->Check(loss_batch));
  if (batch.num_examples > 0) return body().ComputeLoss(batch, loss_batch, training, sums);
  return training && parts_.dense != nullptr ? body().ClearGradients() : absl::OkStatus();
}

absl::Status NetworkModel::ComputeOnHost(const ModelBatch& batch, LossBatch loss_batch, bool training,
                                         MetricSums* sums) {
  const bool gathered = !batch.outputs.empty();
  if (!gathered) SHOAL_RETURN_IF_ERROR(ComputeOutputs(batch, training).status());
  loss_batch.outputs = gathered ? batch.outputs : absl::MakeConstSpan(outputs_.data, outputs_.size());
  if (!training) return parts_.loss->Evaluate(loss_batch, {}, sums);
  gradients_.Reserve(outputs_.size());
  const absl::Span<float> gradients = {gradients_.data(), outputs_.size()};
  SHOAL_RETURN_IF_ERROR(parts_.loss->Evaluate(loss_batch, gradients, sums));
  if (batch.num_examples > 0) return body().Backward(batch, {gradients.data(), outputs_.rows, outputs_.cols});
  return parts_.dense != nullptr ? body().ClearGradients() : absl::OkStatus();
}

absl::Status NetworkModel::ForwardBackward(const ModelBatch& batch, MetricSums* sums) {
  return Compute(batch, /*training=*/true, sums);
}

absl::Status NetworkModel::Forward(const ModelBatch& batch, MetricSums* sums) {
  return Compute(batch, /*training=*/false, sums);
}

void NetworkModel::SumGradients(Collective* collective, Collective::Done done) {
  GradientSums* const sums = body().gradient_sums();
  if (sums == nullptr) return Model::SumGradients(collective, std::move(done));
  sums->Await(std::move(done));
}

}  // namespace shoal
