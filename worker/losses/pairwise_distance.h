// Distances between rows of a matrix, and the gradients that go through them.
//
//   EUCLIDEAN          |a - b + eps|, as torch.nn.PairwiseDistance: eps is added to every coordinate, so d(a, b) and
//                      d(b, a) differ by about eps
//   SQUARED_EUCLIDEAN  |a - b|^2
//   COSINE             1 - <a, b> / (|a| |b|), as 1 - torch.nn.CosineSimilarity; 1 where either row has a length under
//                      DistanceFormula::kMinNorm
//
// Where a distance has no gradient (equal rows under EUCLIDEAN with eps 0, rows without length under COSINE) it is
// zero.
//
// Thread safety: one thread at a time (scratch memory). The same bits on all instruction sets with fused multiply-add.
#ifndef SHOAL_WORKER_LOSSES_PAIRWISE_DISTANCE_H_
#define SHOAL_WORKER_LOSSES_PAIRWISE_DISTANCE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/losses/distance_formula.h"

namespace shoal {

// d(a, b) enters a loss with this derivative.
struct DistanceTerm {
  int64_t a;
  int64_t b;
  float distance;
  float derivative;
};

// Gradients [end - begin, dim] of the rows [begin, end).
struct OwnGradients {
  int64_t begin;
  int64_t end;
  float* values;

  // Null where the row belongs to another worker.
  float* Row(int64_t row, int dim) const { return row >= begin && row < end ? values + (row - begin) * dim : nullptr; }
};

class PairwiseDistance {
 public:
  // REQUIRES: eps >= 0.
  PairwiseDistance(Distance kind, float eps);

  const DistanceFormula& formula() const { return formula_; }

  // Takes rows [n, dim], which must outlive the calls below.
  void SetRows(absl::Span<const float> rows, int64_t n, int dim);
  // Whether no row has NaN or infinity.
  bool AllFinite() const;

  float Between(int64_t a, int64_t b);
  // distances[j] = d(a, j). REQUIRES: distances.size() is n.
  void FromRow(int64_t a, absl::Span<float> distances);

  // Own gradient i += scale * (the sum over terms, in their order, of derivative * d distance / d row i).
  void AddGradients(absl::Span<const DistanceTerm> terms, float scale, const OwnGradients& own) const;

 private:
  void AddCosineGradient(const DistanceTerm& term, float scale, const OwnGradients& own) const;
  const float* Row(int64_t i) const { return rows_.data() + i * dim_; }

  DistanceFormula formula_;
  absl::Span<const float> rows_;
  int dim_ = 0;
  std::vector<float> offset_;         // [dim], eps: a run of its own, so that lanes past its end add nothing.
  std::vector<float> scratch_;        // [dim].
  std::vector<double> inverse_norm_;  // [n] under COSINE; 0 where a row has no length.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_PAIRWISE_DISTANCE_H_
