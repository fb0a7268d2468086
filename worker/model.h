// A model computes predictions, losses and gradients of a batch from the rows that the batch looks up.
//
// The caller has looked up each table's distinct rows; the model sees, for each of its lookups, a block of rows and for
// each example the place of its row in the block. Dense parameters, which every worker holds whole, are the model's
// own.
//
// Where there are several workers, a step of a model whose loss compares examples with each other has two halves: every
// worker computes the outputs of its examples, the caller gathers those of the global batch, and the model goes on from
// there.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_MODEL_H_
#define SHOAL_WORKER_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/host_memory.h"
#include "common/data/dataset.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"
#include "worker/collective/collective.h"
#include "worker/metric_sums.h"
#include "worker/prediction.h"
#include "worker/tower/dense_parameters.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

class RowCache;
struct CachedBatch;
struct ResidentBatch;
struct TrainingData;

// A table that the model reads, and what it is read by: a column, ids that the model draws, or nothing.
struct Lookup {
  int table;                   // Number in the job's tables.
  int id_column;               // Into ModelColumns::ids; kNoColumn: every example reads row 0, unless one below is set.
  int bag_column = kNoColumn;  // Into ModelColumns::bags.
  int array_column = kNoColumn;  // Into ModelColumns::arrays.
  int draw = kNoColumn;          // Into the lists of Model::DrawIds.
  static constexpr int kNoColumn = -1;

  // A lookup of list `draw`.
  static Lookup Drawn(int table, int draw) {
    Lookup lookup = {table, kNoColumn};
    lookup.draw = draw;
    return lookup;
  }
};

// Names of the dataset's columns that a model reads.
struct ModelColumns {
  std::vector<std::string> ids;
  std::vector<std::string> numbers;
  std::vector<std::string> bags;    // Texts and lists of ids.
  std::vector<std::string> arrays;  // Lists of equally many ids for each example.
  std::vector<std::string> images;
  std::string label;                      // Empty: none.
  std::vector<std::string> targets = {};  // Of `numbers`, those that losses alone read.
};

// Where the examples of a batch stand: what is drawn for them is a function of this, however workers share them.
struct BatchPlace {
  int64_t step = 0;      // Of training, from 1. 0: validation, for which every epoch draws the same.
  int64_t position = 0;  // Of the first own example: of training in the global batch, of validation among all examples.
};

// What a model may draw ids by.
struct DrawRequest {
  BatchPlace place;
  absl::Span<const int64_t> examples;     // The own ones: numbers of a dataset
  absl::Span<const IdColumn* const> ids;  // with these columns, as ModelColumns::ids,
  const LabelColumn* label = nullptr;     // and ModelColumns::label; null: none.
};

// The rows of one lookup.
struct LookupRows {
  // [distinct rows, SegmentFloats(embedding_dim)], 64-byte aligned, zero between embedding_dim and the segment's end.
  const float* rows = nullptr;
  // Same shape, zero before; the model adds to it. Null where no gradient is wanted. Lookups of one table share the
  // block.
  float* gradients = nullptr;
  // By example: which of the rows. Null where every example reads row 0. Of a bag or array: by place in all of them. Of
  // drawn ids: by place in their list.
  const uint32_t* index = nullptr;
  // Bags: example i has the places offsets[i] up to offsets[i + 1] of `index`. Null: no bag.
  const int64_t* offsets = nullptr;
  // Of bags, as `index`: the weights of the ids. Null: they have none.
  const float* weights = nullptr;
  // Distinct rows, and places: the length of `index`, examples where it is null.
  int64_t num_rows = 0;
  int64_t num_places = 0;
  // Where the rows are if the model keeps some of the table's (Model::row_cache); `rows` is null then.
  const CachedBatch* cached = nullptr;
  // If it keeps all of them. Then `rows` and `gradients` are null, num_rows is the most that may be distinct, and
  // `index` has the ids by place, part of ResidentBatch::ids.
  const ResidentBatch* resident = nullptr;

  // Whether there is such a lookup, where one may be left out.
  bool exists() const { return rows != nullptr || cached != nullptr || resident != nullptr; }
};

// Reads rows of a table, by its number: [ids, SegmentFloats(embedding_dim)], 64-byte aligned.
using ReadRows = absl::FunctionRef<absl::Status(int table, absl::Span<const uint64_t> ids, float* rows)>;

// Images of the whole dataset.
struct DatasetImages {
  const uint8_t* pixels = nullptr;  // [examples of the dataset, size].
  int64_t size = 0;
};

struct ModelBatch {
  int64_t num_examples = 0;
  // Examples of the whole global batch: losses are means over it, so gradients are scaled by 1 / global_batch_size.
  int64_t global_batch_size = 0;
  std::vector<LookupRows> lookups;  // As Model::lookups().
  // As ModelColumns::numbers. Empty where they were not looked up (BatchReads::kInputs).
  std::vector<absl::Span<const float>> numbers;

  // Numbers of the examples in the dataset, and the images that they number, as ModelColumns::images.
  absl::Span<const int64_t> examples;
  std::vector<DatasetImages> images;
  // Labels of the whole global batch, in its order, where the model reads labels. Own examples begin at first_example.
  absl::Span<const int64_t> labels;
  int64_t first_example = 0;
  int64_t step = 0;  // As BatchPlace::step.
  // Work for the host, which a model that computes on a device may call in ForwardBackward, once, while that is at
  // work. Null: none.
  std::function<void()> host_work;
  // Model::ComputeOutputs() of all workers, in the order of the global batch, where they are gathered. Empty: the own
  // examples are all that the model compares.
  absl::Span<const float> outputs;
};

class Model {
 public:
  virtual ~Model() = default;
  virtual absl::Span<const Lookup> lookups() const = 0;
  virtual const ModelColumns& columns() const = 0;
  // Replaces the lists of ids that lookups with Lookup::draw read.
  virtual void DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const {
    static_cast<void>(request);
    static_cast<void>(ids);
  }

  // Memory that the model copies from and to fastest, for the blocks of rows and gradients; null: any. It lives as long
  // as the model.
  virtual HostMemory* host_memory() const { return nullptr; }
  // Through which training batches read the rows of tables that it holds; null: there is none.
  virtual RowCache* row_cache() { return nullptr; }

  // Null: there are none. Their gradients are of the own examples until the caller adds up those of all workers. Where
  // a device keeps them they are restored before the first batch, and values, state and gradients here are those of the
  // last FetchDense.
  virtual DenseParameters* dense_parameters() { return nullptr; }
  // Adds up the gradients of all workers and calls `done`, as Collective::AllReduceSum. A device may have begun to
  // before. REQUIRES: as of ApplyGradients; ForwardBackward has returned.
  virtual void SumGradients(Collective* collective, Collective::Done done) {
    collective->AllReduceSum(dense_parameters()->gradients(), std::move(done));
  }
  // As DenseParameters::ApplyGradients, wherever they are kept. REQUIRES: there are dense parameters.
  virtual absl::Status ApplyGradients(int64_t step) {
    dense_parameters()->ApplyGradients(step);
    return absl::OkStatus();
  }
  // Brings dense_parameters() up to date. An error is that of the device that keeps them.
  virtual absl::Status FetchDense() { return absl::OkStatus(); }

  // Floats an example whose gathering ForwardBackward and Forward need where there are other workers; 0: none. Then
  // ComputeOutputs comes first.
  virtual int gathered_width() const { return 0; }
  // Outputs of the own examples, [examples, gathered_width()], valid until the next call of the model. An error
  // is that of what computes them.
  virtual absl::StatusOr<absl::Span<const float>> ComputeOutputs(const ModelBatch& batch, bool training) {
    static_cast<void>(batch);
    static_cast<void>(training);
    return absl::Span<const float>();
  }

  // Adds the row gradients of the batch's mean loss to the gradient blocks, sets those of dense parameters, and adds to
  // `sums`. Sums run over the examples in order: the same batch gives the same bits. An error says what of the batch
  // cannot be; gradients are not to be used then.
  virtual absl::Status ForwardBackward(const ModelBatch& batch, MetricSums* sums) = 0;
  // Losses and metrics only.
  virtual absl::Status Forward(const ModelBatch& batch, MetricSums* sums) = 0;

  // What the first `layers` layers of a network make of the own examples outside of training, [examples, features],
  // valid until the next call of the model. REQUIRES: the model is a network and has so many layers.
  virtual ConstMatrixView ComputeEmbeddings(const ModelBatch& batch, int layers) {
    static_cast<void>(batch);
    static_cast<void>(layers);
    return {};
  }
  // Whether Predict does anything.
  virtual bool has_predictions() const { return false; }
  // Appends a prediction for each own example. What is to be predicted is not read, nor rows by ids that are drawn;
  // `read_rows` reads what rows it takes besides. Errors are those of `read_rows`.
  virtual absl::Status Predict(const ModelBatch& batch, ReadRows read_rows, std::vector<Prediction>* predictions) {
    static_cast<void>(batch);
    static_cast<void>(read_rows);
    static_cast<void>(predictions);
    return absl::OkStatus();
  }
};

// The model of a resolved job. `schedule` outlives it. `data`: all examples of the job, for models that look beyond a
// batch (ImplicitFactorization::reject_known); they are not read later. InvalidArgument names what cannot be.
absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                   const TrainingData* data = nullptr);

// As CreateModel: on the CPU, or on whatever else a worker computes with.
using ModelFactory = std::function<absl::StatusOr<std::unique_ptr<Model>>(
    const ResolvedJob& job, const Schedule& schedule, const TrainingData* data)>;

}  // namespace shoal

#endif  // SHOAL_WORKER_MODEL_H_
