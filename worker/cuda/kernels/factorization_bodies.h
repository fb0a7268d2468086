// Bodies of FactorizationKernels.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FACTORIZATION_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_FACTORIZATION_BODIES_H_

#include <cmath>
#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/block_sums.h"
#include "worker/cuda/kernels/factorization_kernels.h"
#include "worker/cuda/kernels/indexed_rows.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/round_to_sum.h"

namespace shoal {

// Item e.
struct RateExamplesBody {
  RatingBatch batch;
  RatingErrors errors;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t e) const {
    float score = DotRows(lanes, RowOf(batch.users, e), RowOf(batch.items, e), batch.dim);
    for (int b = 0; b < batch.num_biases; ++b) score += *RowOf(batch.biases[b], e);
    lanes.Once([&] { Finish(e, score); });
  }

  SHOAL_HOST_DEVICE void Finish(int64_t e, float score) const {
    float prediction = score;
    float slope = batch.gradient_scale;
    if (batch.has_range) {
      const float sigmoid = 1 / (1 + std::exp(-score));
      prediction = scalar::MulAdd(sigmoid, batch.width, batch.low);
      slope = batch.gradient_scale * batch.width * (sigmoid * (1 - sigmoid));
    }
    const float error = prediction - batch.targets[e];
    errors.errors[e] = error;
    if (errors.gradients != nullptr) errors.gradients[e] = error * slope;
  }
};

// Item k, of NumSums.
struct SumErrorsBody {
  const float* errors;
  int64_t count;
  double* sums;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t k) const {
    const SumRange range(k, count);
    const float* const from = errors + range.begin;
    const auto squared = lanes.Sum<double>(
        range.size, [&](int64_t i, double sum) { return sum + static_cast<double>(from[i]) * from[i]; });
    const auto absolute =
        lanes.Sum<double>(range.size, [&](int64_t i, double sum) { return sum + std::fabs(from[i]); });
    lanes.Once([&] {
      sums[2 * k] = squared;
      sums[2 * k + 1] = absolute;
    });
  }
};

// Item p, of examples times items.
struct ListItemsBody {
  const uint32_t* users;
  const uint32_t* positives;
  const uint32_t* negatives;
  int num_negatives;
  uint32_t* users_by_item;
  uint32_t* items;

  SHOAL_HOST_DEVICE void operator()(int64_t p) const {
    const int64_t e = p / (num_negatives + 1);
    const int64_t k = p % (num_negatives + 1);
    users_by_item[p] = users[e];
    items[p] = k == 0 ? positives[e] : negatives[e * num_negatives + k - 1];
  }
};

// Item p, of examples times items.
struct ScoreItemsBody {
  RankingBatch batch;
  double* scores;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t p) const {
    const float* const user = RowOf(batch.users, p / (batch.num_negatives + 1));
    const float dot = DotRows(lanes, user, RowOf(batch.items, p), batch.dim);
    lanes.Once([&] {
      const float bias = batch.biases.rows != nullptr ? *RowOf(batch.biases, p) : 0.0F;
      scores[p] = static_cast<double>(dot) + bias;
    });
  }
};

// Item e. In double, as on the CPU: what is drawn is few numbers an example.
struct RankExamplesBody {
  RankingBatch batch;
  const double* scores;
  double* losses;
  double* ordered;
  float* gradients;

  SHOAL_HOST_DEVICE static double Softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::fabs(x))); }
  SHOAL_HOST_DEVICE static double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

  SHOAL_HOST_DEVICE void operator()(int64_t e) const {
    const int64_t first = e * (batch.num_negatives + 1);
    const double positive = scores[first];
    const int terms = batch.num_negatives + (batch.bpr ? 0 : 1);
    const double scale = static_cast<double>(batch.gradient_scale) / terms;
    double loss = batch.bpr ? 0 : Softplus(-positive);
    double positive_gradient = batch.bpr ? 0 : -Sigmoid(-positive);
    double in_order = 0;
    for (int k = 1; k <= batch.num_negatives; ++k) {
      const double negative = scores[first + k];
      const double x = batch.bpr ? negative - positive : negative;
      const double gradient = Sigmoid(x);
      loss += Softplus(x);
      if (batch.bpr) positive_gradient -= gradient;
      in_order += positive > negative ? 1.0 : positive == negative ? 0.5 : 0.0;
      if (gradients != nullptr) gradients[first + k] = static_cast<float>(scale * gradient);
    }
    if (gradients != nullptr) gradients[first] = static_cast<float>(scale * positive_gradient);
    losses[e] = RoundToSum(loss);
    ordered[e] = in_order;
  }
};

// FactorizationKernels by a launcher: HostLauncher or CudaLauncher.
template <class Launcher>
class FactorizationKernelsOn final : public FactorizationKernels {
 public:
  explicit FactorizationKernelsOn(Launcher launcher) : launcher_(launcher) {}

  void RateExamples(const RatingBatch& batch, const RatingErrors& errors) override {
    launcher_.ForEachItem(batch.num_examples, RateExamplesBody{batch, errors});
  }
  void SumErrors(const float* errors, int64_t count, double* sums) override {
    launcher_.ForEachItem(NumSums(count), SumErrorsBody{errors, count, sums});
  }
  void ListItems(const uint32_t* users, const uint32_t* positives, const uint32_t* negatives, int64_t num_examples,
                 int num_negatives, uint32_t* users_by_item, uint32_t* items) override {
    launcher_.ForEachIndex(num_examples * (num_negatives + 1),
                           ListItemsBody{users, positives, negatives, num_negatives, users_by_item, items});
  }
  void ScoreItems(const RankingBatch& batch, double* scores) override {
    launcher_.ForEachItem(batch.num_examples * (batch.num_negatives + 1), ScoreItemsBody{batch, scores});
  }
  void RankExamples(const RankingBatch& batch, const double* scores, double* losses, double* ordered,
                    float* gradients) override {
    launcher_.ForEachIndex(batch.num_examples, RankExamplesBody{batch, scores, losses, ordered, gradients});
  }

 private:
  Launcher launcher_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FACTORIZATION_BODIES_H_
