// What a device does for losses of distances between rows (worker/losses/distance_loss.h): distances, which triplets
// and pairs count, what they cost, and the gradients of rows. Formulas and choices are those of worker/losses, the
// CPU's losses the oracle: of the same rows the same triplets and pairs count.
//
// A loss is a sum over units: mined, the rows of the batch, each an anchor or the lower row of pairs; given, the
// tuples. Mined terms are a matrix of how the loss changes with the distances from row a to row b, [n, n].
//
// Pointers and views are to the device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_DISTANCE_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_DISTANCE_KERNELS_H_

#include <cstdint>

#include "worker/losses/contrastive_cost.h"
#include "worker/losses/distance_formula.h"
#include "worker/losses/triplet_cost.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

struct DistanceRows {
  ConstMatrixView rows;  // [n, dim]
  DistanceFormula formula;
  const double* inverse_norms = nullptr;  // [n], where the formula is the cosine's.
};

// By unit.
struct LossTotals {
  double* losses = nullptr;
  // What the mean counts: triplets that cost anything, or pairs. NaN where a row of the unit is not finite.
  double* weights = nullptr;
  double* triplets = nullptr;  // That count. Not written for pairs.
};

// Rows whose triplets or pairs are looked for.
struct MinedRows {
  DistanceRows rows;
  const int64_t* labels = nullptr;   // [n]
  const float* distances = nullptr;  // [n, n], from row a to row b.

  int64_t n() const { return rows.rows.rows; }
};

// Per row, its negatives, the nearest first: row a has counts[a] of them, places[a * n + k] - a * n.
struct SortedNegatives {
  const uint32_t* places = nullptr;
  const int32_t* counts = nullptr;
};

// Which negative MineSorted takes: RANDOM_HARD, by StepRandom::key(), or SEMI_HARD.
struct NegativeChoice {
  bool random = false;
  uint64_t key = 0;
};

// Pairs of different labels that count: the first `count` of the sorted ones.
struct NearestPairs {
  const uint32_t* sorted_keys = nullptr;
  const uint32_t* places = nullptr;
  int64_t count = 0;
};

// Triplets or pairs of the data, one behind the other: tuple t is of the rows from t * (others + 1) on.
struct GivenTuples {
  static constexpr int kSize = 3;

  DistanceRows rows;
  const int64_t* tuples = nullptr;  // [count, kSize], as LossBatch::tuples.
  int64_t count = 0;
  int others = 1;  // 2 of triplets.
  // [count, others]: from a tuple's first row to the others, and how the loss changes with them.
  float* distances = nullptr;
  float* derivatives = nullptr;
};

// 1 / what the mean divides by, for gradients: the sum of weights, taken block by block (block_sums.h), or `given`.
struct MeanScale {
  const double* weight_sums = nullptr;
  int64_t num_sums = 0;
  double given = 0;  // 0: the sum.
};

// The gradients of the rows [begin, end), [end - begin, dim].
struct RowGradients {
  int64_t begin = 0;
  int64_t end = 0;
  float* values = nullptr;
};

class DistanceKernels {
 public:
  virtual ~DistanceKernels() = default;

  virtual void InverseNorms(ConstMatrixView rows, double* inverse_norms) = 0;
  // distances[a, b] = d(a, b).
  virtual void Distances(const DistanceRows& rows, float* distances) = 0;

  // Triplets of each anchor, ALL or HARDEST: derivatives [n, n], and the anchors' totals.
  virtual void MineAll(const MinedRows& mined, const TripletCost& cost, float* derivatives,
                       const LossTotals& totals) = 0;
  virtual void MineHardest(const MinedRows& mined, const TripletCost& cost, float* derivatives,
                           const LossTotals& totals) = 0;
  // keys[a, b], by which sorting puts the negatives of each anchor first, the nearest first; counts[a]: how many.
  virtual void KeyNegatives(const MinedRows& mined, uint64_t* keys, int32_t* counts) = 0;
  virtual void MineSorted(const MinedRows& mined, const TripletCost& cost, const SortedNegatives& negatives,
                          const NegativeChoice& choice, float* derivatives, const LossTotals& totals) = 0;

  // keys[a, b], by which sorting puts the pairs of different labels first, the nearest first.
  virtual void KeyPairs(const MinedRows& mined, uint32_t* keys) = 0;
  virtual void MinePairs(const MinedRows& mined, const ContrastiveCost& cost, const NearestPairs& nearest,
                         float* derivatives, const LossTotals& totals) = 0;

  virtual void CostTriplets(const GivenTuples& given, const TripletCost& cost, const LossTotals& totals) = 0;
  virtual void CostPairs(const GivenTuples& given, const ContrastiveCost& cost, const LossTotals& totals) = 0;

  // Both overwrite; NaN where a weight is NaN. REQUIRES: of a given tuple all rows are own ones, or none.
  virtual void MinedGradients(const MinedRows& mined, const float* derivatives, const MeanScale& scale,
                              const RowGradients& gradients) = 0;
  virtual void GivenGradients(const GivenTuples& given, const MeanScale& scale, const RowGradients& gradients) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_DISTANCE_KERNELS_H_
