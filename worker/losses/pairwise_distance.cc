#include "worker/losses/pairwise_distance.h"

#include <algorithm>
#include <cmath>

#include "common/simd/highway_targets.h"
#include "common/simd/vector_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/losses/pairwise_distance.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// Two functions, not inlined: gcc 12 crashes on them as one.
HWY_NOINLINE void Subtract(const float* a, const float* b, const float* offset, int dim, float* out) {
  ForEachVector(0, dim, [&](auto at) HWY_ATTR { at.Store(at.Load(a) - at.Load(b) + at.Load(offset), out); });
}
HWY_NOINLINE float SquaredLength(const float* x, int dim) {
  return SumOverRun(dim, [&](auto at, FloatVector sum) HWY_ATTR {
    const FloatVector values = at.Load(x);
    return hn::MulAdd(values, values, sum);
  });
}

// out[j] = |a - rows[j] + offset|^2.
void SquaredDistancesKernel(const float* a, const float* rows, int64_t n, int dim, const float* offset, float* scratch,
                            float* out) {
  for (int64_t j = 0; j < n; ++j) {
    Subtract(a, rows + j * dim, offset, dim, scratch);
    out[j] = SquaredLength(scratch, dim);
  }
}

// to += factor * (a - b + offset); nothing where `to` is null.
HWY_INLINE void AddDifference(float factor, const float* a, const float* b, const float* offset, int dim, float* to) {
  if (!to) return;
  const FloatVector factors = hn::Set(FloatTag(), factor);
  ForEachVector(0, dim, [&](auto at) HWY_ATTR {
    at.Store(hn::MulAdd(factors, at.Load(a) - at.Load(b) + at.Load(offset), at.Load(to)), to);
  });
}

void AddDifferencesKernel(absl::Span<const DistanceTerm> terms, const DistanceFormula& formula, float scale,
                          const float* rows, int dim, const float* offset, const OwnGradients& own) {
  for (const DistanceTerm& term : terms) {
    const float factor = formula.DifferenceFactor(scale, term.derivative, term.distance);
    const float* a = rows + term.a * dim;
    const float* b = rows + term.b * dim;
    AddDifference(factor, a, b, offset, dim, own.Row(term.a, dim));
    AddDifference(-factor, a, b, offset, dim, own.Row(term.b, dim));
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(SquaredDistancesKernel);
HWY_EXPORT(AddDifferencesKernel);

PairwiseDistance::PairwiseDistance(Distance kind, float eps) {
  formula_.eps = eps;
  switch (kind) {
    case EUCLIDEAN:
      formula_.kind = DistanceFormula::Kind::kEuclidean;
      break;
    case SQUARED_EUCLIDEAN:
      formula_.kind = DistanceFormula::Kind::kSquaredEuclidean;
      break;
    case COSINE:
      formula_.kind = DistanceFormula::Kind::kCosine;
      break;
  }
}

void PairwiseDistance::SetRows(absl::Span<const float> rows, int64_t n, int dim) {
  rows_ = rows;
  dim_ = dim;
  scratch_.resize(dim);
  offset_.assign(dim, formula_.offset());
  if (!formula_.is_cosine()) return;
  inverse_norm_.resize(n);
  for (int64_t i = 0; i < n; ++i) inverse_norm_[i] = DistanceFormula::InverseNorm(SumOfSquares(Row(i), dim));
}

bool PairwiseDistance::AllFinite() const {
  return std::all_of(rows_.begin(), rows_.end(), [](float value) { return std::isfinite(value); });
}

float PairwiseDistance::Between(int64_t a, int64_t b) {
  if (formula_.is_cosine()) {
    return DistanceFormula::FromDot(Dot(Row(a), Row(b), dim_), inverse_norm_[a], inverse_norm_[b]);
  }
  float squared;
  HWY_DYNAMIC_DISPATCH(SquaredDistancesKernel)(Row(a), Row(b), 1, dim_, offset_.data(), scratch_.data(), &squared);
  return formula_.FromSquaredLength(squared);
}

void PairwiseDistance::FromRow(int64_t a, absl::Span<float> distances) {
  const int64_t n = static_cast<int64_t>(distances.size());
  if (formula_.is_cosine()) {
    for (int64_t j = 0; j < n; ++j) distances[j] = Between(a, j);
    return;
  }
  HWY_DYNAMIC_DISPATCH(SquaredDistancesKernel)
  (Row(a), Row(0), n, dim_, offset_.data(), scratch_.data(), distances.data());
  for (float& distance : distances) distance = formula_.FromSquaredLength(distance);
}

void PairwiseDistance::AddGradients(absl::Span<const DistanceTerm> terms, float scale, const OwnGradients& own) const {
  if (formula_.is_cosine()) {
    for (const DistanceTerm& term : terms) AddCosineGradient(term, scale, own);
  } else {
    HWY_DYNAMIC_DISPATCH(AddDifferencesKernel)(terms, formula_, scale, rows_.data(), dim_, offset_.data(), own);
  }
}

void PairwiseDistance::AddCosineGradient(const DistanceTerm& term, float scale, const OwnGradients& own) const {
  const double inverse_a = inverse_norm_[term.a];
  const double inverse_b = inverse_norm_[term.b];
  if (inverse_a == 0 || inverse_b == 0) return;
  const double factor = static_cast<double>(scale) * term.derivative;
  const auto add = [&](int64_t row, int64_t other, double inverse) {
    float* to = own.Row(row, dim_);
    if (!to) return;
    Axpy(DistanceFormula::OtherFactor(factor, inverse_a, inverse_b), Row(other), to, dim_);
    Axpy(DistanceFormula::OwnFactor(factor, term.distance, inverse), Row(row), to, dim_);
  };
  add(term.a, term.b, inverse_a);
  add(term.b, term.a, inverse_b);
}

}  // namespace shoal
#endif  // HWY_ONCE
