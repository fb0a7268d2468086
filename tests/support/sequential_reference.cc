#include "tests/support/sequential_reference.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "common/base/aligned_floats.h"
#include "common/checkpoint/weights_digest.h"
#include "common/codec/row_encoding.h"
#include "common/data/batch_sampler.h"
#include "common/initializer/row_initializer.h"
#include "common/optimizer/max_norm.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "worker/batch_lookups.h"
#include "worker/metric_sums.h"
#include "worker/model.h"

namespace shoal {
namespace {

// The reference's own data cannot be wrong.
void Require(const absl::Status& status) {
  if (!status.ok()) std::abort();
}

class ReferenceTable {
 public:
  ReferenceTable(const TableConfig& config, uint64_t seed, const Schedule& schedule)
      : config_(config),
        initializer_(RowInitializer::Create(config, seed).value()),
        max_norm_(MaxNorm::Of(config)),
        optimizer_(CreateRowOptimizer(config, schedule).value()) {}

  void BeginStep(uint64_t step) {
    step_ = static_cast<int64_t>(step);
    optimizer_->BeginStep(step_);
  }

  // The row as a batch of the begun step reads it.
  AlignedFloats ReadForBatch(uint64_t id, bool keep) {
    AlignedFloats row = Read(id, keep);
    if (max_norm_.has_value()) max_norm_->Apply(row.data(), config_.embedding_dim());
    return row;
  }

  // The row before the begun step; for training it is kept, for validation not.
  AlignedFloats Read(uint64_t id, bool keep) {
    AlignedFloats& row = Find(id);
    if (keep) optimizer_->CatchUp(step_ - 1, row.data());
    AlignedFloats copy(row.size());
    std::copy_n(row.data(), row.size(), copy.data());
    if (!keep) optimizer_->CatchUp(step_ - 1, copy.data());
    if (!keep && !created_[id]) rows_.erase(id);
    created_[id] |= keep;
    return copy;
  }

  // Adds a worker's gradient of a row to the step's.
  void AddGradient(uint64_t id, const float* gradient) {
    const int segment = optimizer_->layout().segment();
    auto [place, is_new] = gradients_.try_emplace(id, AlignedFloats(segment));
    for (int i = 0; i < segment; ++i) {
      float* sum = place->second.data() + i;
      *sum = is_new ? gradient[i] : *sum + gradient[i];
    }
  }

  void ApplyGradients() {
    for (auto& [id, gradient] : gradients_) {
      float* const row = Find(id).data();
      if (max_norm_.has_value()) max_norm_->Apply(row, config_.embedding_dim());
      const bool is_padding = config_.has_padding_idx() && id == static_cast<uint64_t>(config_.padding_idx());
      if (!is_padding) optimizer_->Update(gradient.data(), row);
    }
    gradients_.clear();
  }

  // Of the rows before the begun step.
  TableDigestEntry Digest() {
    TableDigest digest(config_.name(), config_.embedding_dim());
    std::vector<uint64_t> ids;
    for (const auto& [id, row] : rows_) ids.push_back(id);
    for (uint64_t id : ids) {
      const AlignedFloats row = Read(id, /*keep=*/false);
      digest.Add(id, {row.data(), static_cast<size_t>(config_.embedding_dim())});
    }
    return {config_.name(), digest.rows(), digest.sum()};
  }

 private:
  AlignedFloats& Find(uint64_t id) {
    auto [place, is_new] = rows_.try_emplace(id, AlignedFloats(optimizer_->layout().row_floats()));
    if (is_new) {
      initializer_.Fill(id, place->second.data());
      optimizer_->InitializeState(place->second.data());
    }
    return place->second;
  }

  const TableConfig config_;
  const RowInitializer initializer_;
  const absl::optional<MaxNorm> max_norm_;
  const std::unique_ptr<RowOptimizer> optimizer_;
  int64_t step_ = 0;
  std::map<uint64_t, AlignedFloats> rows_;
  std::map<uint64_t, bool> created_;
  std::map<uint64_t, AlignedFloats> gradients_;
};

class Reference {
 public:
  Reference(const ResolvedJob& job, const TrainingData& data)
      : job_(job),
        schedule_(Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()).value()),
        model_(CreateModel(job, schedule_).value()),
        train_(BatchLookups::Create(job.job(), *model_, data.train).value()),
        validation_(BatchLookups::Create(job.job(), *model_, data.validation).value()) {
    for (const TableConfig& table : job.job().tables()) {
      tables_.push_back(std::make_unique<ReferenceTable>(table, job.job().seed(), schedule_));
    }
    Begin(1);
  }

  void Begin(uint64_t step) {
    for (auto& table : tables_) table->BeginStep(step);
  }

  void Train(const BatchSampler& sampler, uint64_t step, MetricSums* sums) {
    const int workers = job_.job().cluster().workers();
    for (int rank = 0; rank < workers; ++rank) {
      std::vector<int64_t> examples;
      sampler.Sample(static_cast<int64_t>(step), /*rank=*/0, /*num_workers=*/1, &examples);
      const auto size = static_cast<int64_t>(examples.size());
      train_->Prepare(examples, PartStart(size, rank, workers), PartStart(size, rank + 1, workers));
      Fill(*train_, step, /*keep=*/true);
      const ModelBatch& batch = train_->BatchForTraining(sampler.GlobalBatchSize(static_cast<int64_t>(step)));
      Require(model_->ForwardBackward(batch, sums));
      train_->ScaleGradients();
      for (const PushTable& push : train_->push_tables()) {
        const int dim = job_.job().tables(push.table).embedding_dim();
        RowEncoder encoder = Encoder(step, push.table, RowEncoder::Worker(static_cast<uint32_t>(rank)));
        for (size_t i = 0; i < push.ids.size(); ++i) {
          float* const gradient = push.gradients + i * SegmentFloats(dim);
          encoder.Round(push.ids[i], dim, gradient);
          tables_[push.table]->AddGradient(push.ids[i], gradient);
        }
      }
    }
    for (auto& table : tables_) table->ApplyGradients();
    Begin(step + 1);
  }

  void Validate(const TrainingData& data, MetricSums* sums) {
    std::vector<int64_t> all;
    for (int64_t i = 0; i < data.validation.num_examples; ++i) all.push_back(i);
    validation_->Prepare(all);
    Fill(*validation_, /*step=*/0, /*keep=*/false);
    Require(model_->Forward(validation_->BatchForValidation(), sums));
  }

  std::string Digest() {
    std::vector<TableDigestEntry> entries;
    for (auto& table : tables_) entries.push_back(table->Digest());
    return WeightsDigest(std::move(entries));
  }

 private:
  RowEncoder Encoder(uint64_t step, int table, uint32_t sender) const {
    return {job_.job().cluster().wire_dtype(), job_.job().seed(), step, static_cast<uint32_t>(table), sender};
  }

  // For the step, or, where rows are not kept, for validation.
  void Fill(BatchLookups& lookups, uint64_t step, bool keep) {
    for (const PullTable& pull : lookups.pull_tables()) {
      const int dim = job_.job().tables(pull.table).embedding_dim();
      RowEncoder encoder = Encoder(step, pull.table, RowEncoder::kServer);
      for (size_t i = 0; i < pull.ids.size(); ++i) {
        AlignedFloats row = tables_[pull.table]->ReadForBatch(pull.ids[i], keep);
        if (keep) encoder.Round(pull.ids[i], dim, row.data());
        std::copy_n(row.data(), dim, pull.rows + i * SegmentFloats(dim));
      }
    }
  }

  const ResolvedJob& job_;
  const Schedule schedule_;
  const std::unique_ptr<Model> model_;
  const std::unique_ptr<BatchLookups> train_;
  const std::unique_ptr<BatchLookups> validation_;
  std::vector<std::unique_ptr<ReferenceTable>> tables_;
};

}  // namespace

ReferenceResult TrainSequentially(const ResolvedJob& job, const TrainingData& data,
                                  const std::vector<uint64_t>& digest_after) {
  BatchSampler::Options options;
  options.num_examples = job.num_train_examples();
  options.batch_size = job.job().training().batch_size();
  options.drop_last = job.job().training().drop_last();
  options.shuffle = job.job().training().shuffle();
  options.seed = job.job().seed();
  const BatchSampler sampler(options);

  Reference reference(job, data);
  ReferenceResult result;
  const auto total_steps = static_cast<uint64_t>(job.total_steps());
  for (uint64_t step = 1; step <= total_steps; ++step) {
    const auto epoch = static_cast<uint32_t>((step - 1) / job.steps_per_epoch() + 1);
    reference.Train(sampler, step, &result.train[epoch]);
    if (step % job.steps_per_epoch() == 0) reference.Validate(data, &result.validation[epoch]);
    const bool wanted = std::find(digest_after.begin(), digest_after.end(), step) != digest_after.end();
    if (wanted || step == total_steps) result.digests[step] = reference.Digest();
  }
  return result;
}

}  // namespace shoal
