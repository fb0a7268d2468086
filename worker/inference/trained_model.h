// The model of a checkpoint, applied to examples: embeddings, predictions, losses and metrics. Nothing learns.
//
// Examples go through the model as validation examples do in training: in their order, in batches of
// training.validation_batch_size. So the sums of the validation data are those of the epoch that the checkpoint ends,
// bit for bit, if one worker trained.
//
// All rows of all tables are held in memory.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_INFERENCE_TRAINED_MODEL_H_
#define SHOAL_WORKER_INFERENCE_TRAINED_MODEL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/data/dataset.h"
#include "common/schedule/schedule.h"
#include "parameter_server/shard.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"
#include "worker/batch_lookups.h"
#include "worker/embedded_parameter_client.h"
#include "worker/model.h"
#include "worker/prediction.h"

namespace shoal {

// Told after each batch how many examples are done; an error ends the work and is returned.
using InferenceProgress = absl::FunctionRef<absl::Status(int64_t examples)>;
inline absl::Status IgnoreProgress(int64_t /*examples*/) { return absl::OkStatus(); }

struct Embeddings {
  std::vector<float> values;  // [examples, dim].
  int dim = 0;
};

class TrainedModel {
 public:
  // Reads the checkpoint in `directory`. `job` is its job; data, embedding_layers and validation_batch_size may be
  // others. DataLoss: the checkpoint is damaged, or of another step. InvalidArgument, NotFound: the dense parameters
  // are not those of the job's tower. `data`: as CreateModel's.
  static absl::StatusOr<std::unique_ptr<TrainedModel>> Load(FileSystem& files, const std::string& directory,
                                                            uint64_t step, const ResolvedJob& job,
                                                            const TrainingData* data = nullptr);

  const ResolvedJob& job() const { return job_; }

  // Outputs of the first embedding_layers layers of the tower, by default of all. FailedPrecondition: the model is no
  // network.
  absl::StatusOr<Embeddings> Embed(const Dataset& data, InferenceProgress progress = IgnoreProgress);
  // One for each example. FailedPrecondition: the model predicts nothing, as one whose loss compares examples.
  absl::StatusOr<std::vector<Prediction>> Predict(const Dataset& data, InferenceProgress progress = IgnoreProgress);
  absl::StatusOr<MetricSums> Evaluate(const Dataset& data, InferenceProgress progress = IgnoreProgress);

  // For all three. InvalidArgument: the data lacks a column of the model; labels and targets count for Evaluate alone.

 private:
  TrainedModel(const ResolvedJob& job, uint64_t step, Schedule schedule)
      : job_(job), step_(step), schedule_(std::move(schedule)) {}

  // Calls `visit` with each batch, its rows being there.
  absl::Status ForEachBatch(const Dataset& data, BatchReads reads, InferenceProgress progress,
                            absl::FunctionRef<absl::Status(const ModelBatch& batch)> visit);
  absl::Status ReadTables(absl::Span<const PullTable> tables);

  const ResolvedJob job_;
  const uint64_t step_;
  const Schedule schedule_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<EmbeddedParameterClient> client_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_INFERENCE_TRAINED_MODEL_H_
