#include "worker/implicit_factorization.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/factor_tables.h"
#include "worker/losses/item_negatives.h"

namespace shoal {
namespace {

constexpr absl::string_view kPath = "model.implicit_factorization";

}  // namespace

absl::StatusOr<std::unique_ptr<Model>> ImplicitFactorizationModel::Create(
    const JobConfig& job, const TrainingData* data, std::unique_ptr<ImplicitFactorizationCompute> compute) {
  auto model = absl::WrapUnique(new ImplicitFactorizationModel(job, std::move(compute)));
  SHOAL_RETURN_IF_ERROR(model->AddLookups(job));
  if (model->config_.reject_known()) SHOAL_RETURN_IF_ERROR(model->LearnKnownItems(data));
  return std::unique_ptr<Model>(std::move(model));
}

ImplicitFactorizationModel::ImplicitFactorizationModel(const JobConfig& job,
                                                       std::unique_ptr<ImplicitFactorizationCompute> compute)
    : config_(job.model().implicit_factorization()), compute_(std::move(compute)), seed_(job.seed()) {
  columns_.ids = {config_.user().column(), config_.item().column()};
}

absl::Status ImplicitFactorizationModel::AddLookups(const JobConfig& job) {
  constexpr int kDraw = 0;
  const FactorTables tables(job, kPath);
  SHOAL_ASSIGN_OR_RETURN(lookups_, tables.Factors(config_.user(), config_.item()));
  const TableConfig& items = job.tables(lookups_[1].table);
  dim_ = items.embedding_dim();
  num_items_ = items.num_embeddings();
  if (num_items_ < 1) return tables.Invalid("item.table", "has no rows to draw from");
  if (config_.num_negatives() < 1) {
    return tables.Invalid("num_negatives", absl::StrCat("is ", config_.num_negatives(), ", expected at least 1"));
  }
  lookups_.push_back(Lookup::Drawn(lookups_[1].table, kDraw));
  if (!config_.has_item_bias_table()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const int bias, tables.Bias("item_bias_table", config_.item_bias_table()));
  lookups_.push_back({bias, FactorTables::kItemColumn});
  lookups_.push_back(Lookup::Drawn(bias, kDraw));
  return absl::OkStatus();
}

absl::Status ImplicitFactorizationModel::LearnKnownItems(const TrainingData* data) {
  if (data == nullptr) return absl::InvalidArgumentError(absl::StrCat(kPath, ".reject_known needs the job's examples"));
  const auto known = [&](const Dataset& examples, KnownItems* items) {
    const int user = examples.FindIdColumn(config_.user().column());
    const int item = examples.FindIdColumn(config_.item().column());
    if (user < 0 || item < 0) return;  // No such examples.
    *items = KnownItems(examples.id_columns[user].ids, examples.id_columns[item].ids);
  };
  known(data->train, &known_in_training_);
  known(data->validation, &known_in_validation_);
  return absl::OkStatus();
}

void ImplicitFactorizationModel::DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const {
  ItemNegativesRequest draw;
  draw.seed = seed_;
  draw.step = request.place.step;
  draw.begin = request.place.position;
  draw.end = draw.begin + static_cast<int64_t>(request.examples.size());
  draw.num_negatives = config_.num_negatives();
  draw.num_items = num_items_;
  const bool validation = request.place.step == 0;
  const auto is_known = [&](int64_t position, int64_t item) {
    const uint64_t user = request.ids[FactorTables::kUserColumn]->ids[request.examples[position - draw.begin]];
    const auto id = static_cast<uint64_t>(item);
    return known_in_training_.Contains(user, id) || (validation && known_in_validation_.Contains(user, id));
  };
  DrawItemNegatives(draw, is_known, &ids[0]);
}

ImplicitFactorizationBatch ImplicitFactorizationModel::KernelBatch(const ModelBatch& batch) const {
  ImplicitFactorizationBatch result;
  result.loss = config_.loss();
  result.num_examples = batch.num_examples;
  result.num_negatives = config_.num_negatives();
  result.dim = dim_;
  result.user = batch.lookups[0];
  result.positive = batch.lookups[1];
  result.negative = batch.lookups[2];
  if (batch.lookups.size() > 3) {
    result.positive_bias = batch.lookups[3];
    result.negative_bias = batch.lookups[4];
  }
  result.gradient_scale = 1.0F / static_cast<float>(batch.global_batch_size);
  result.host_work = batch.host_work;
  return result;
}

absl::Status ImplicitFactorizationModel::ForwardBackward(const ModelBatch& batch, MetricSums* sums) {
  return compute_->ForwardBackward(KernelBatch(batch), sums);
}

absl::Status ImplicitFactorizationModel::Forward(const ModelBatch& batch, MetricSums* sums) {
  return compute_->Forward(KernelBatch(batch), sums);
}

}  // namespace shoal
