// A loss of a tower's outputs: its value, its metrics and its gradient, over a global batch that workers share.
//
// A worker owns the rows [begin, end) of the global batch. It gets the gradient of its own rows alone, and adds what
// its rows contribute to the sums; the sums of all workers add up to those of one worker that owns every row, and rows
// get the same gradient bits however the batch is split. Losses that compare rows (triplets, pairs) need the outputs of
// the whole global batch: all workers then evaluate the same loss.
//
// A loss may read rows of tables itself (the classes of sampled softmax), by ids that it draws.
//
// Thread safety: one thread at a time (scratch memory).
#ifndef SHOAL_WORKER_LOSSES_LOSS_H_
#define SHOAL_WORKER_LOSSES_LOSS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/losses/loss_spec.h"
#include "worker/metric_sums.h"
#include "worker/model.h"
#include "worker/prediction.h"

namespace shoal {

struct LossBatch {
  static constexpr int kTupleSize = 3;

  // [n, dim], row after row. Loss::needs_global_batch(): every row of the global batch, in global order; else the
  // worker's own rows.
  absl::Span<const float> outputs;
  int64_t n = 0;
  int dim = 0;
  // [n]: the class of each row. Not read by losses of given pairs or triplets.
  absl::Span<const int64_t> labels;
  // [count, kTupleSize]: rows of `outputs`, for losses of given triplets (anchor, positive, negative) or pairs (first,
  // second, 1 where they belong together, else 0).
  absl::Span<const int64_t> tuples;
  // The worker's own rows, in `outputs`: 0 and n where it holds no others.
  int64_t begin = 0;
  int64_t end = 0;
  // Loss::MeanDivisor of the whole global batch, or its number of tuples. Read where a gradient is wanted and
  // needs_global_batch() is false.
  double mean_divisor = 0;
  // Random choices are a function of these and of positions in the global batch.
  uint64_t seed = 0;
  int64_t step = 0;  // 0: validation.
  // As Loss::lookups(). Evaluate adds to their gradients, where there are such.
  absl::Span<const LookupRows> rows = {};
  // Rows of `outputs`, one behind the other, that are one example, for the sums.
  int rows_per_example = 1;
};

class Loss {
 public:
  virtual ~Loss() = default;

  // What a device computes in its place; none: the loss is computed on the host.
  virtual LossSpec spec() const { return {}; }

  // Whether the outputs must be those of the whole global batch.
  virtual bool needs_global_batch() const = 0;

  // Rows that the loss reads, each by a list that DrawIds, as Model's, fills in.
  virtual absl::Span<const Lookup> lookups() const { return {}; }
  virtual void DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const {
    static_cast<void>(request);
    static_cast<void>(ids);
  }

  // What the mean over the examples of these labels divides by: their number, or the sum of their weights.
  // InvalidArgument: a label that is no class.
  virtual absl::StatusOr<double> MeanDivisor(absl::Span<const int64_t> labels) const {
    return static_cast<double>(labels.size());
  }

  // InvalidArgument: a label or tuple that cannot be. Outputs are not read.
  virtual absl::Status Check(const LossBatch& batch) const {
    static_cast<void>(batch);
    return absl::OkStatus();
  }

  // Adds the own rows' share of losses and metrics to `*sums`: the mean loss is loss / loss_weight. `gradients` is
  // empty where none is wanted; otherwise [end - begin, dim], overwritten by the gradient of the global batch's mean
  // loss. InvalidArgument: as Check; neither gradients nor sums are touched.
  virtual absl::Status Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) = 0;

  // Whether Predict does anything: the loss tells classes apart.
  virtual bool predicts_classes() const { return false; }
  // Appends the most probable class of each row of `outputs`, [n, dim], and its probability. `read_rows` as Model's.
  virtual absl::Status Predict(absl::Span<const float> outputs, ReadRows read_rows,
                               std::vector<Prediction>* predictions) {
    static_cast<void>(outputs);
    static_cast<void>(read_rows);
    static_cast<void>(predictions);
    return absl::OkStatus();
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_LOSS_H_
