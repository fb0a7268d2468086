// Bodies of DistanceKernels, but for what looks for triplets and pairs (mining_bodies.h).
#ifndef SHOAL_WORKER_CUDA_KERNELS_DISTANCE_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_DISTANCE_BODIES_H_

#include <cmath>
#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/distance_kernels.h"
#include "worker/cuda/kernels/indexed_rows.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/mining_bodies.h"
#include "worker/round_to_sum.h"

namespace shoal {

// Item a.
struct InverseNormsBody {
  ConstMatrixView rows;
  double* inverse_norms;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t a) const {
    const float* const row = rows.data + a * rows.cols;
    const float squares = DotRows(lanes, row, row, rows.cols);
    lanes.Once([&] { inverse_norms[a] = DistanceFormula::InverseNorm(squares); });
  }
};

// All lanes get d(a, b).
SHOAL_HOST_DEVICE inline float DistanceBetween(const Lanes& lanes, const DistanceRows& rows, int64_t a, int64_t b) {
  const int dim = rows.rows.cols;
  const float* const row_a = rows.rows.data + a * dim;
  const float* const row_b = rows.rows.data + b * dim;
  if (rows.formula.is_cosine()) {
    return DistanceFormula::FromDot(DotRows(lanes, row_a, row_b, dim), rows.inverse_norms[a], rows.inverse_norms[b]);
  }
  const float offset = rows.formula.offset();
  return rows.formula.FromSquaredLength(lanes.Sum<float>(dim, [&](int64_t i, float sum) {
    const float difference = row_a[i] - row_b[i] + offset;
    return scalar::MulAdd(difference, difference, sum);
  }));
}

// Item a * n + b.
struct DistancesBody {
  DistanceRows rows;
  float* distances;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t item) const {
    const int64_t n = rows.rows.rows;
    const float distance = DistanceBetween(lanes, rows, item / n, item % n);
    lanes.Once([&] { distances[item] = distance; });
  }
};

// Item t.
struct CostTripletsBody {
  GivenTuples given;
  TripletCost cost;
  LossTotals totals;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t t) const {
    const int64_t* const triplet = given.tuples + t * GivenTuples::kSize;
    const float to_positive = DistanceBetween(lanes, given.rows, triplet[0], triplet[1]);
    const float to_negative = DistanceBetween(lanes, given.rows, triplet[0], triplet[2]);
    const double gap = static_cast<double>(to_positive) - to_negative;
    const double loss = cost.Value(gap);
    const float derivative = loss > 0 ? static_cast<float>(cost.Derivative(gap)) : 0.0F;
    const bool finite = IsFinite(lanes, given.rows, triplet[0]) && IsFinite(lanes, given.rows, triplet[1]) &&
                        IsFinite(lanes, given.rows, triplet[2]);
    lanes.Once([&] {
      given.distances[2 * t] = to_positive;
      given.distances[2 * t + 1] = to_negative;
      given.derivatives[2 * t] = derivative;
      given.derivatives[2 * t + 1] = -derivative;
      totals.losses[t] = RoundToSum(loss);
      totals.weights[t] = !finite ? NAN : loss > 0 ? 1 : 0;
      totals.triplets[t] = 1;
    });
  }
};

// Item t.
struct CostPairsBody {
  GivenTuples given;
  ContrastiveCost cost;
  LossTotals totals;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t t) const {
    const int64_t* const pair = given.tuples + t * GivenTuples::kSize;
    const float distance = DistanceBetween(lanes, given.rows, pair[0], pair[1]);
    const bool same = pair[2] == 1;
    const bool finite = IsFinite(lanes, given.rows, pair[0]) && IsFinite(lanes, given.rows, pair[1]);
    lanes.Once([&] {
      given.distances[t] = distance;
      given.derivatives[t] = static_cast<float>(cost.Derivative(distance, same));
      totals.losses[t] = RoundToSum(cost.Value(distance, same));
      totals.weights[t] = finite ? 1 : NAN;
    });
  }
};

SHOAL_HOST_DEVICE inline float ScaleOf(const MeanScale& scale) {
  double total = 0;
  for (int64_t k = 0; k < scale.num_sums; ++k) total += scale.weight_sums[k];
  if (std::isnan(total)) return NAN;
  const double divisor = scale.given > 0 ? scale.given : total;
  return divisor > 0 ? static_cast<float>(1 / divisor) : 0.0F;
}

// Element i of the gradient that goes through d(a, b), with its derivative, to row a, if `first`, or to row b.
struct TermGradient {
  DistanceRows rows;

  SHOAL_HOST_DEVICE float operator()(int64_t a, int64_t b, bool first, int64_t i, float distance,
                                     float derivative) const {
    const float at_a = rows.rows.data[a * rows.rows.cols + i];
    const float at_b = rows.rows.data[b * rows.rows.cols + i];
    if (!rows.formula.is_cosine()) {
      const float factor = rows.formula.DifferenceFactor(1, derivative, distance);
      return (first ? factor : -factor) * (at_a - at_b + rows.formula.offset());
    }
    const double inverse_a = rows.inverse_norms[a];
    const double inverse_b = rows.inverse_norms[b];
    if (inverse_a == 0 || inverse_b == 0) return 0;
    const float other = DistanceFormula::OtherFactor(derivative, inverse_a, inverse_b) * (first ? at_b : at_a);
    const float own = DistanceFormula::OwnFactor(derivative, distance, first ? inverse_a : inverse_b);
    return scalar::MulAdd(own, first ? at_a : at_b, other);
  }
};

// Item: an own row.
struct MinedGradientsBody {
  TermGradient term;
  int64_t n;
  const float* distances;
  const float* derivatives;
  MeanScale scale;
  RowGradients gradients;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t item) const {
    const int64_t row = gradients.begin + item;
    const int dim = term.rows.rows.cols;
    const float factor = ScaleOf(scale);
    // Lanes have elements, not other rows: all of them read the same derivative, and rows next to each other.
    lanes.ForEach(dim, [&](int64_t i) {
      float sum = 0;
      for (int64_t j = 0; j < n; ++j) sum = Add(j, row, false, i, Add(row, j, true, i, sum));
      gradients.values[item * dim + i] = factor * sum;
    });
  }

  SHOAL_HOST_DEVICE float Add(int64_t a, int64_t b, bool first, int64_t i, float sum) const {
    const float derivative = derivatives[a * n + b];
    return derivative == 0 ? sum : sum + term(a, b, first, i, distances[a * n + b], derivative);
  }
};

// Item: an own tuple.
struct GivenGradientsBody {
  TermGradient term;
  GivenTuples given;
  MeanScale scale;
  RowGradients gradients;
  int64_t first_tuple;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t item) const {
    const int64_t t = first_tuple + item;
    const int64_t* const rows = given.tuples + t * GivenTuples::kSize;
    const int dim = term.rows.rows.cols;
    const float factor = ScaleOf(scale);
    lanes.ForEach(dim, [&](int64_t i) {
      float of_first = 0;
      for (int k = 0; k < given.others; ++k) {
        const float distance = given.distances[t * given.others + k];
        const float derivative = given.derivatives[t * given.others + k];
        of_first += term(rows[0], rows[k + 1], true, i, distance, derivative);
        const float of_other = term(rows[0], rows[k + 1], false, i, distance, derivative);
        gradients.values[(rows[k + 1] - gradients.begin) * dim + i] = factor * of_other;
      }
      gradients.values[(rows[0] - gradients.begin) * dim + i] = factor * of_first;
    });
  }
};

// DistanceKernels by a launcher: HostLauncher or CudaLauncher.
template <class Launcher>
class DistanceKernelsOn final : public DistanceKernels {
 public:
  explicit DistanceKernelsOn(Launcher launcher) : launcher_(launcher) {}

  void InverseNorms(ConstMatrixView rows, double* inverse_norms) override {
    launcher_.ForEachItem(rows.rows, InverseNormsBody{rows, inverse_norms});
  }
  void Distances(const DistanceRows& rows, float* distances) override {
    launcher_.ForEachItem(rows.rows.rows * rows.rows.rows, DistancesBody{rows, distances});
  }
  void MineAll(const MinedRows& mined, const TripletCost& cost, float* derivatives, const LossTotals& totals) override {
    launcher_.ForEachItem(mined.n(), MineAllBody{{mined, cost, derivatives, totals}});
  }
  void MineHardest(const MinedRows& mined, const TripletCost& cost, float* derivatives,
                   const LossTotals& totals) override {
    launcher_.ForEachItem(mined.n(), MineHardestBody{{mined, cost, derivatives, totals}});
  }
  void KeyNegatives(const MinedRows& mined, uint64_t* keys, int32_t* counts) override {
    launcher_.ForEachItem(mined.n(), KeyNegativesBody{mined, keys, counts});
  }
  void MineSorted(const MinedRows& mined, const TripletCost& cost, const SortedNegatives& negatives,
                  const NegativeChoice& choice, float* derivatives, const LossTotals& totals) override {
    launcher_.ForEachItem(mined.n(), MineSortedBody{{mined, cost, derivatives, totals}, negatives, choice});
  }
  void KeyPairs(const MinedRows& mined, uint32_t* keys) override {
    launcher_.ForEachIndex(mined.n() * mined.n(), KeyPairsBody{mined, keys});
  }
  void MinePairs(const MinedRows& mined, const ContrastiveCost& cost, const NearestPairs& nearest, float* derivatives,
                 const LossTotals& totals) override {
    launcher_.ForEachItem(mined.n(), MinePairsBody{mined, cost, nearest, derivatives, totals});
  }
  void CostTriplets(const GivenTuples& given, const TripletCost& cost, const LossTotals& totals) override {
    launcher_.ForEachItem(given.count, CostTripletsBody{given, cost, totals});
  }
  void CostPairs(const GivenTuples& given, const ContrastiveCost& cost, const LossTotals& totals) override {
    launcher_.ForEachItem(given.count, CostPairsBody{given, cost, totals});
  }
  void MinedGradients(const MinedRows& mined, const float* derivatives, const MeanScale& scale,
                      const RowGradients& gradients) override {
    launcher_.ForEachItem(gradients.end - gradients.begin,
                          MinedGradientsBody{{mined.rows}, mined.n(), mined.distances, derivatives, scale, gradients});
  }
  void GivenGradients(const GivenTuples& given, const MeanScale& scale, const RowGradients& gradients) override {
    const int64_t members = given.others + 1;
    launcher_.ForEachItem((gradients.end - gradients.begin) / members,
                          GivenGradientsBody{{given.rows}, given, scale, gradients, gradients.begin / members});
  }

 private:
  Launcher launcher_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_DISTANCE_BODIES_H_
