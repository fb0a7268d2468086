#include "common/data/resolve_job.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/config/find_column.h"
#include "common/data/balanced_batch_sampler.h"
#include "common/data/batch_sampler.h"
#include "common/data/check_network.h"

namespace shoal {
namespace {

absl::Status CheckExamples(const DataConfig& data, const DataSizes& sizes) {
  const std::string skipped = sizes.skipped.count == 0 ? ""
                                                       : absl::StrCat("; ", Counted(sizes.skipped.count, "bad record"),
                                                                      " left out", sizes.skipped.Details());
  if (sizes.num_train_examples == 0) {
    return absl::InvalidArgumentError(absl::StrCat("data.train: there are no training examples", skipped));
  }
  if ((data.has_validation() || data.has_random_split()) && sizes.num_validation_examples == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        data.has_validation() ? "data.validation" : "data.random_split.validation_fraction",
        ": there are no validation examples beside the ", sizes.num_train_examples, " for training", skipped));
  }
  return absl::OkStatus();
}

// Sizes from vocabularies come first: tables looked up by the ids of others follow them.
absl::Status ResolveTableSizes(const ModelInputs& inputs, const DataSizes& sizes, JobConfig* job) {
  for (const BagInput& input : inputs.bags) {
    const TableConfig& table = job->tables(input.table);
    const bool is_list = FindIdList(job->data(), input.column) != nullptr;
    if (sizes.table_rows[static_cast<size_t>(input.table)] > 0 || (is_list && table.has_num_embeddings())) continue;
    return absl::InvalidArgumentError(absl::StrCat("data.train: no ", is_list ? "list" : "text", " of column '",
                                                   input.column, "' has ", is_list ? "an id" : "a token that counts",
                                                   ", so table '", table.name(), "' has no rows"));
  }
  for (int i = 0; i < job->tables_size(); ++i) {
    const int64_t rows = sizes.table_rows[static_cast<size_t>(i)];
    if (rows > 0) job->mutable_tables(i)->set_num_embeddings(rows);
  }
  std::vector<int64_t> needed(static_cast<size_t>(job->tables_size()), 1);
  for (const SharedIds& shared : inputs.shared_ids) {
    int64_t& rows = needed[static_cast<size_t>(shared.table)];
    const TableConfig& ids_of = job->tables(shared.ids_of_table);
    rows = std::max(rows, ids_of.num_embeddings());
    const TableConfig& table = job->tables(shared.table);
    if (table.has_num_embeddings() && table.num_embeddings() < ids_of.num_embeddings()) {
      return absl::InvalidArgumentError(
          absl::StrCat("tables '", table.name(), "': num_embeddings ", table.num_embeddings(), " is less than the ",
                       ids_of.num_embeddings(), " rows of table '", ids_of.name(), "', by whose ids it is looked up"));
    }
  }
  for (const ClassTable& classes : inputs.class_tables) {
    int64_t& rows = needed[static_cast<size_t>(classes.table)];
    rows = std::max(rows, sizes.num_classes[static_cast<size_t>(classes.label)]);
  }
  for (int i = 0; i < job->tables_size(); ++i) {
    TableConfig* table = job->mutable_tables(i);
    if (!table->has_num_embeddings()) table->set_num_embeddings(needed[static_cast<size_t>(i)]);
  }
  return absl::OkStatus();
}

void ResolveOptimizers(JobConfig* job) {
  OptimizerConfig* shared = job->mutable_training()->mutable_optimizer();
  if (shared->optimizer_case() == OptimizerConfig::OPTIMIZER_NOT_SET) shared->mutable_sgd();
  for (TableConfig& table : *job->mutable_tables()) {
    if (table.optimizer().optimizer_case() == OptimizerConfig::OPTIMIZER_NOT_SET) *table.mutable_optimizer() = *shared;
    if (!table.has_row_semantics()) table.set_row_semantics(job->training().row_semantics());
    if (table.initializer().initializer_case() == InitializerConfig::INITIALIZER_NOT_SET) {
      table.mutable_initializer()->mutable_normal();
    }
  }
}

// Padding rows count from the start.
absl::Status ResolvePadding(TableConfig* table) {
  const int64_t padding = table->padding_idx();
  const int64_t rows = table->num_embeddings();
  if (padding < -rows || padding >= rows) {
    return absl::InvalidArgumentError(absl::StrCat("table '", table->name(), "': padding_idx ", padding,
                                                   " is out of range: the table has ", rows, " rows, ", -rows, " to ",
                                                   rows - 1));
  }
  if (padding < 0) table->set_padding_idx(padding + rows);
  return absl::OkStatus();
}

// Frozen tables have no step: the optimizer that they get instead of theirs has no state and moves no idle row.
void ResolveFreeze(TableConfig* table) {
  if (!table->has_freeze() && table->has_pretrained()) table->set_freeze(table->pretrained().freeze());
  if (!table->freeze()) return;
  table->mutable_optimizer()->mutable_sgd()->Clear();
  table->set_row_semantics(LAZY);
}

// The rules of torch.nn.Embedding. REQUIRES: tables have sizes and optimizers.
absl::Status ResolveEmbeddingRules(JobConfig* job) {
  for (TableConfig& table : *job->mutable_tables()) {
    if (table.has_padding_idx()) SHOAL_RETURN_IF_ERROR(ResolvePadding(&table));
    ResolveFreeze(&table);
  }
  return absl::OkStatus();
}

// Balanced batches have a size of their own.
void ResolveBatchSize(JobConfig* job) {
  if (!job->model().network().has_balanced_batches()) return;
  const BalancedBatches& batches = job->model().network().balanced_batches();
  job->mutable_training()->set_batch_size(batches.classes() * batches.samples());
}

// The last step that a row has seen is a uint32 (common/optimizer/row_layout.h).
constexpr int64_t kMaxSteps = std::numeric_limits<uint32_t>::max();

absl::Status ResolveSteps(const DataSizes& sizes, ResolvedJob* resolved) {
  const TrainingConfig& training = resolved->job().training();
  int64_t steps;
  if (resolved->job().model().network().has_balanced_batches()) {
    steps = BalancedBatchSampler::StepsPerEpoch(sizes.num_train_examples, training.batch_size());
  } else {
    BatchSampler::Options options;
    options.num_examples = sizes.num_train_examples;
    options.batch_size = training.batch_size();
    options.drop_last = training.drop_last();
    steps = BatchSampler(options).steps_per_epoch();
  }
  if (steps == 0) {
    return absl::InvalidArgumentError(absl::StrCat("training.drop_last leaves no step: ", sizes.num_train_examples,
                                                   " training examples do not fill training.batch_size ",
                                                   training.batch_size()));
  }
  const int64_t total = steps * training.epochs();
  if (total > kMaxSteps) {
    return absl::InvalidArgumentError(absl::StrCat("training.epochs ", training.epochs(), " of ", steps,
                                                   " steps each are ", total, " steps, more than the ", kMaxSteps,
                                                   " that rows can count; train for fewer epochs, or with a larger "
                                                   "training.batch_size"));
  }
  resolved->set_steps_per_epoch(steps);
  resolved->set_total_steps(total);
  return absl::OkStatus();
}

void AddColumnInfos(const ModelInputs& inputs, const DataSizes& sizes, ResolvedJob* resolved) {
  for (size_t i = 0; i < inputs.labels.size(); ++i) {
    LabelInfo* label = resolved->add_labels();
    label->set_name(inputs.labels[i]);
    label->set_num_classes(sizes.num_classes[i]);
  }
  for (const ImageInfo& image : sizes.images) *resolved->add_images() = image;
}

}  // namespace

absl::StatusOr<ResolvedJob> ResolveJob(const JobConfig& job, const ModelInputs& inputs, const DataSizes& sizes) {
  SHOAL_RETURN_IF_ERROR(CheckExamples(job.data(), sizes));
  ResolvedJob resolved;
  JobConfig* config = resolved.mutable_job();
  *config = job;
  SHOAL_RETURN_IF_ERROR(ResolveTableSizes(inputs, sizes, config));
  ResolveOptimizers(config);
  SHOAL_RETURN_IF_ERROR(ResolveEmbeddingRules(config));
  ClusterConfig* cluster = config->mutable_cluster();
  if (!cluster->has_parameter_servers()) cluster->set_parameter_servers(cluster->workers() > 1 ? 1 : 0);
  if (config->data().has_random_split() && !config->data().random_split().has_seed()) {
    config->mutable_data()->mutable_random_split()->set_seed(config->seed());
  }
  ResolveBatchSize(config);
  SHOAL_RETURN_IF_ERROR(ResolveSteps(sizes, &resolved));
  resolved.set_num_train_examples(sizes.num_train_examples);
  resolved.set_num_validation_examples(sizes.num_validation_examples);
  resolved.set_num_skipped_records(sizes.skipped.count);
  resolved.set_train_content_hash(sizes.train_content_hash);
  if (job.data().has_validation()) resolved.set_validation_content_hash(sizes.validation_content_hash);
  for (int i = 0; i < job.tables_size(); ++i) {
    if (sizes.table_rows[static_cast<size_t>(i)] > 0) resolved.add_vocabulary_tables(job.tables(i).name());
  }
  AddColumnInfos(inputs, sizes, &resolved);
  SHOAL_RETURN_IF_ERROR(CheckNetwork(resolved));
  return resolved;
}

}  // namespace shoal
