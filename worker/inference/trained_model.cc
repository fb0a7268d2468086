#include "worker/inference/trained_model.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/batch_sampler.h"
#include "parameter_server/restore_shard.h"
#include "worker/restore_dense.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<TrainedModel>> TrainedModel::Load(FileSystem& files, const std::string& directory,
                                                                 uint64_t step, const ResolvedJob& job,
                                                                 const TrainingData* data) {
  // What the coordinator would tell a worker that holds all tables itself.
  RegisterReply assignment;
  *assignment.mutable_job() = job;
  assignment.set_resume_from(directory);
  assignment.set_resume_step(step);
  SHOAL_ASSIGN_OR_RETURN(Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  auto trained = absl::WrapUnique(new TrainedModel(job, step, std::move(schedule)));
  SHOAL_ASSIGN_OR_RETURN(trained->model_, CreateModel(job, trained->schedule_, data));
  SHOAL_ASSIGN_OR_RETURN(trained->shard_, RestoreShard(files, assignment, Role::WORKER, /*index=*/0));
  trained->client_ = std::make_unique<EmbeddedParameterClient>(trained->shard_.get(), /*sink=*/nullptr);
  DenseParameters* const dense = trained->model_->dense_parameters();
  if (dense == nullptr) return trained;
  SHOAL_ASSIGN_OR_RETURN(const std::vector<LoadedParameter> loaded, RestoreDense(files, assignment));
  SHOAL_RETURN_IF_ERROR(dense->Restore(Views(loaded)));
  return trained;
}

absl::StatusOr<Embeddings> TrainedModel::Embed(const Dataset& data, InferenceProgress progress) {
  if (!job_.job().model().has_network()) {
    return absl::FailedPreconditionError(
        "the job has no model.network, so an example has no embedding; `shoal export --table` writes rows");
  }
  const Network& network = job_.job().model().network();
  const int layers = network.has_embedding_layers() ? network.embedding_layers() : network.tower_size();
  Embeddings result;
  SHOAL_RETURN_IF_ERROR(ForEachBatch(data, BatchReads::kInputs, progress, [&](const ModelBatch& batch) {
    const ConstMatrixView rows = model_->ComputeEmbeddings(batch, layers);
    result.dim = rows.cols;
    result.values.insert(result.values.end(), rows.data, rows.data + rows.size());
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<std::vector<Prediction>> TrainedModel::Predict(const Dataset& data, InferenceProgress progress) {
  if (job_.job().model().has_implicit_factorization()) {
    return absl::FailedPreconditionError(
        "the job has model.implicit_factorization, which ranks items by scores that mean nothing alone, so there is "
        "nothing to predict; `shoal evaluate` measures the loss and auc, and `shoal export --table` writes the rows of "
        "users and items, whose inner product (plus the item's bias, where there is one) is the score");
  }
  if (!model_->has_predictions()) {
    return absl::FailedPreconditionError(
        "the job's loss tells no classes apart, so there is nothing to predict; `shoal embed` writes embeddings, "
        "`shoal evaluate` measures the loss and knn_accuracy");
  }
  std::vector<Prediction> result;
  result.reserve(static_cast<size_t>(data.num_examples));
  const auto read_rows = [&](int table, absl::Span<const uint64_t> ids, float* rows) {
    const PullTable pull = {table, ids, rows};
    return ReadTables({&pull, 1});
  };
  SHOAL_RETURN_IF_ERROR(ForEachBatch(data, BatchReads::kInputs, progress, [&](const ModelBatch& batch) {
    return model_->Predict(batch, read_rows, &result);
  }));
  return result;
}

absl::StatusOr<MetricSums> TrainedModel::Evaluate(const Dataset& data, InferenceProgress progress) {
  MetricSums sums;
  SHOAL_RETURN_IF_ERROR(ForEachBatch(data, BatchReads::kEverything, progress,
                                     [&](const ModelBatch& batch) { return model_->Forward(batch, &sums); }));
  return sums;
}

absl::Status TrainedModel::ReadTables(absl::Span<const PullTable> tables) {
  absl::Status read;
  client_->Pull(step_ + 1, /*read_only=*/true, tables,
                [&read](const absl::StatusOr<Boundary>& boundary) { read = boundary.status(); });
  return read;
}

absl::Status TrainedModel::ForEachBatch(const Dataset& data, BatchReads reads, InferenceProgress progress,
                                        absl::FunctionRef<absl::Status(const ModelBatch& batch)> visit) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<BatchLookups> lookups,
                         BatchLookups::Create(job_.job(), *model_, data, reads));
  const int64_t batch_size = job_.job().training().validation_batch_size();
  const BatchSampler sampler = BatchSampler::InOrder(data.num_examples, batch_size);
  std::vector<int64_t> examples;
  int64_t done = 0;
  for (int64_t number = 1; number <= sampler.steps_per_epoch(); ++number) {
    sampler.Sample(number, /*rank=*/0, /*num_workers=*/1, &examples);
    lookups->Prepare(examples, {/*step=*/0, /*position=*/(number - 1) * batch_size});
    SHOAL_RETURN_IF_ERROR(ReadTables(lookups->pull_tables()));
    const ModelBatch& batch = lookups->BatchForValidation();
    SHOAL_RETURN_IF_ERROR(visit(batch));
    done += batch.num_examples;
    SHOAL_RETURN_IF_ERROR(progress(done));
  }
  return absl::OkStatus();
}

}  // namespace shoal
