// A global batch for a loss, its evaluation by any number of workers, and the same loss from its definition.
#ifndef SHOAL_TESTS_WORKER_LOSSES_LOSS_PROBLEM_H_
#define SHOAL_TESTS_WORKER_LOSSES_LOSS_PROBLEM_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/losses/loss.h"
#include "worker/metric_sums.h"

namespace shoal {

struct LossProblem {
  LossConfig config;
  int dim = 0;
  std::vector<float> outputs;  // [n, dim]
  std::vector<int64_t> labels;
  std::vector<int64_t> tuples;
  int rows_per_example = 1;
  uint64_t seed = 7;
  int64_t step = 1;

  int64_t n() const { return static_cast<int64_t>(labels.size()); }
};

struct LossResult {
  MetricSums sums;
  std::vector<float> gradients;  // Of all rows.

  double mean() const { return sums.loss() / sums.loss_weight(); }
};

LossConfig ParseLoss(const std::string& text);

// Normal outputs of n examples; labels of `classes` classes. From 3 examples on: where the loss reads triplets, 2 n of
// them; where it reads pairs, each example is one, of two rows.
LossProblem RandomProblem(const std::string& config, int64_t n, int dim, int classes, uint64_t seed);

// What evaluates a batch: the loss itself, or something in its place.
using LossEvaluator =
    std::function<absl::Status(Loss& loss, const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums)>;

// The rows split over workers as batches are; their sums added up and their gradients joined. Without gradients where
// `backward` is false.
LossResult EvaluateLoss(const LossProblem& problem, int workers = 1, bool backward = true,
                        const LossEvaluator& evaluate = &Loss::Evaluate);

// The global batch's mean loss at `outputs`, in double precision, straight from the definitions. Triplets are those of
// ReferenceTriplets.
double ReferenceLoss(const LossProblem& problem, const std::vector<double>& outputs);

struct ReferenceTriplet {
  int64_t anchor;
  int64_t positive;
  std::vector<int64_t> negatives;
};

// For each anchor and positive the negatives that count; under RANDOM_HARD those among which one is
// drawn, nearest first.
std::vector<ReferenceTriplet> CandidateTriplets(const LossProblem& problem, const std::vector<double>& outputs);

double ReferenceDistance(const LossProblem& problem, const std::vector<double>& outputs, int64_t a, int64_t b);

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_LOSSES_LOSS_PROBLEM_H_
