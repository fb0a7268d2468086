#include "worker/matrix_factorization.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/factor_tables.h"

namespace shoal {
namespace {

constexpr absl::string_view kPath = "model.matrix_factorization";

absl::StatusOr<std::vector<Lookup>> MakeLookups(const MatrixFactorization& config, const FactorTables& tables) {
  SHOAL_ASSIGN_OR_RETURN(std::vector<Lookup> lookups, tables.Factors(config.user(), config.item()));
  const auto add_bias = [&](bool given, absl::string_view field, const std::string& name, int column) -> absl::Status {
    if (!given) return absl::OkStatus();
    SHOAL_ASSIGN_OR_RETURN(const int table, tables.Bias(field, name));
    lookups.push_back({table, column});
    return absl::OkStatus();
  };
  SHOAL_RETURN_IF_ERROR(
      add_bias(config.has_user_bias_table(), "user_bias_table", config.user_bias_table(), FactorTables::kUserColumn));
  SHOAL_RETURN_IF_ERROR(
      add_bias(config.has_item_bias_table(), "item_bias_table", config.item_bias_table(), FactorTables::kItemColumn));
  SHOAL_RETURN_IF_ERROR(
      add_bias(config.has_global_bias_table(), "global_bias_table", config.global_bias_table(), Lookup::kNoColumn));
  return lookups;
}

absl::Status CheckOutputRange(const MatrixFactorization::OutputRange& range, const FactorTables& tables) {
  // NaN and infinities fail this too.
  if (range.has_low() && range.has_high() && range.low() < range.high() && std::isfinite(range.high() - range.low())) {
    return absl::OkStatus();
  }
  const auto show = [](bool given, float value) { return given ? absl::StrCat(value) : std::string("missing"); };
  return tables.Invalid(
      "output_range", absl::StrCat("has low ", show(range.has_low(), range.low()), " and high ",
                                   show(range.has_high(), range.high()), ", expected finite numbers, low below high"));
}

void AddSums(const ErrorSums& error_sums, absl::Span<const float> errors, bool training, MetricSums* sums) {
  sums->set_examples(sums->examples() + errors.size());
  sums->set_loss(sums->loss() + error_sums.squared);
  sums->set_loss_weight(sums->loss_weight() + static_cast<double>(errors.size()));
  MetricBatch metrics;
  metrics.training = training;
  metrics.errors = errors;
  metrics.squared_error = error_sums.squared;
  metrics.absolute_error = error_sums.absolute;
  AddMetrics(metrics, sums);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MatrixFactorizationModel>> MatrixFactorizationModel::Create(
    const JobConfig& job, std::unique_ptr<MatrixFactorizationCompute> compute) {
  const MatrixFactorization& config = job.model().matrix_factorization();
  const FactorTables tables(job, kPath);
  SHOAL_ASSIGN_OR_RETURN(std::vector<Lookup> lookups, MakeLookups(config, tables));
  if (config.target().empty()) return tables.Invalid("target", "is missing");
  if (config.has_output_range()) SHOAL_RETURN_IF_ERROR(CheckOutputRange(config.output_range(), tables));
  auto model = absl::WrapUnique(new MatrixFactorizationModel(config, std::move(compute)));
  model->dim_ = job.tables(lookups[0].table).embedding_dim();
  model->lookups_ = std::move(lookups);
  return model;
}

MatrixFactorizationModel::MatrixFactorizationModel(const MatrixFactorization& config,
                                                   std::unique_ptr<MatrixFactorizationCompute> compute)
    : compute_(std::move(compute)) {
  columns_.ids = {config.user().column(), config.item().column()};
  columns_.numbers = columns_.targets = {config.target()};
  if (!config.has_output_range()) return;
  output_range_ = MatrixFactorizationBatch::OutputRange{config.output_range().low(), config.output_range().high()};
}

MatrixFactorizationBatch MatrixFactorizationModel::KernelBatch(const ModelBatch& batch) const {
  MatrixFactorizationBatch result;
  result.num_examples = batch.num_examples;
  result.dim = dim_;
  result.user = batch.lookups[0];
  result.item = batch.lookups[1];
  result.biases = absl::MakeConstSpan(batch.lookups).subspan(2);
  result.targets = batch.numbers[0].data();
  result.output_range = output_range_;
  result.host_work = batch.host_work;
  return result;
}

absl::Status MatrixFactorizationModel::Compute(MatrixFactorizationBatch batch, bool training, MetricSums* sums) {
  errors_.resize(batch.num_examples);
  batch.errors = errors_.data();
  SHOAL_ASSIGN_OR_RETURN(const ErrorSums errors,
                         training ? compute_->ForwardBackward(batch) : compute_->Forward(batch));
  AddSums(errors, errors_, training, sums);
  return absl::OkStatus();
}

absl::Status MatrixFactorizationModel::ForwardBackward(const ModelBatch& batch, MetricSums* sums) {
  MatrixFactorizationBatch kernel_batch = KernelBatch(batch);
  kernel_batch.gradient_scale = 2.0F / static_cast<float>(batch.global_batch_size);
  return Compute(kernel_batch, /*training=*/true, sums);
}

absl::Status MatrixFactorizationModel::Forward(const ModelBatch& batch, MetricSums* sums) {
  return Compute(KernelBatch(batch), /*training=*/false, sums);
}

absl::Status MatrixFactorizationModel::Predict(const ModelBatch& batch, ReadRows,
                                               std::vector<Prediction>* predictions) {
  std::vector<float> values(static_cast<size_t>(batch.num_examples));
  MatrixFactorizationPredict(KernelBatch(batch), values.data());
  for (const float value : values) predictions->push_back({0, value});
  return absl::OkStatus();
}

}  // namespace shoal
