// A metric: a number that summary.json shows beside the loss. It is made of sums that batches, epochs and workers add
// up to, in double precision.
//
// docs/adding_a_metric.md walks through one.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_METRICS_METRIC_H_
#define SHOAL_WORKER_METRICS_METRIC_H_

#include <cstdint>
#include <limits>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace shoal {

// What a model tells of the worker's own examples of a batch. What it does not know stays empty.
struct MetricBatch {
  bool training = false;  // Else validation, or `shoal evaluate`.

  // ---- Models that predict a number ----
  // [examples]: prediction - target, and sums of their squares and absolute values, which the loss has added up
  // already.
  absl::Span<const float> errors;
  absl::optional<double> squared_error;
  absl::optional<double> absolute_error;

  // ---- Models that tell classes apart ----
  // [examples, num_outputs], one output a class; there may be more of them than classes.
  absl::Span<const float> outputs;
  int num_outputs = 0;
  absl::Span<const int64_t> labels;     // [examples]
  absl::Span<const int64_t> predicted;  // [examples]: the first class with the highest output; -1 where one is NaN.
  int top_k = 1;                        // As SoftmaxCrossEntropy::top_k.

  // ---- Models that rank ----
  // [examples, num_scores]: the positive's score, then those of its negatives.
  absl::Span<const double> scores;
  int num_scores = 0;
  // In place of the scores, where a device has compared them: pairs of a positive and one of its negatives, and those
  // of them in the right order, equal scores counting half.
  int64_t ranked_pairs = 0;
  double ordered_pairs = 0;

  // ---- Losses of triplets ----
  // That count, and those of them whose loss is not zero.
  absl::optional<int64_t> triplets;
  absl::optional<int64_t> nonzero_triplets;
};

class Metric {
 public:
  virtual ~Metric() = default;

  // As summary.json and metrics.jsonl have it. Metrics of different models may share a name.
  virtual absl::string_view name() const = 0;
  // By which its sums are found. No other metric has it.
  virtual absl::string_view key() const { return name(); }
  virtual int num_sums() const { return 1; }
  // Whether its value is a whole number of something.
  virtual bool is_count() const { return false; }

  // Whether the batch has what the metric is made of; false where it has no examples. The same for all batches of a
  // job that have any, in training and in validation each.
  virtual bool Reads(const MetricBatch& batch) const = 0;
  // Whether Add looks at MetricBatch::outputs. Where a device computes the loss, they are copied from it for such
  // metrics alone, and empty for the others.
  virtual bool reads_outputs() const { return false; }
  // Adds to `sums`, [num_sums()]. Counts and halves add up to the same however workers share a batch; RoundToSum
  // (worker/metric_sums.h) does that for other numbers. REQUIRES: Reads(batch).
  virtual void Add(const MetricBatch& batch, absl::Span<double> sums) const = 0;
  // What is shown, for the sums over so many examples. NaN where there is nothing to take the mean of.
  virtual double Value(absl::Span<const double> sums, double examples) const = 0;

 protected:
  static double Ratio(double sum, double count) {
    return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_METRIC_H_
