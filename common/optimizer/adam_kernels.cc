#include "common/optimizer/adam_kernels.h"

#include <cstddef>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/optimizer/adam_kernels.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/optimizer/row_formulas-inl.h"
#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

HWY_INLINE AdamStep<FloatVector> Broadcast(const AdamStep<float>& step) {
  const FloatTag d;
  return {hn::Set(d, step.weight_decay),     hn::Set(d, step.shrinkage),
          hn::Set(d, step.exp_avg_share),    hn::Set(d, step.beta2),
          hn::Set(d, step.exp_avg_sq_share), hn::Set(d, step.step_size),
          hn::Set(d, step.root_scale),       hn::Set(d, step.eps)};
}

void AdamKernel(const AdamStep<float>& step, const float* gradient, int n, float* weights, float* exp_avg,
                float* exp_avg_sq) {
  const AdamStep<FloatVector> broadcast = Broadcast(step);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    FloatVector average = at.Load(exp_avg);
    FloatVector average_of_squares = at.Load(exp_avg_sq);
    AdamElement(broadcast, at.Load(gradient), &weight, &average, &average_of_squares);
    at.Store(weight, weights);
    at.Store(average, exp_avg);
    at.Store(average_of_squares, exp_avg_sq);
  });
}

void AdamReplayKernel(absl::Span<const AdamStep<float>> steps, int n, float* weights, float* exp_avg,
                      float* exp_avg_sq) {
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    FloatVector average = at.Load(exp_avg);
    FloatVector average_of_squares = at.Load(exp_avg_sq);
    for (const AdamStep<float>& step : steps) {
      AdamElement(Broadcast(step), hn::Zero(FloatTag()), &weight, &average, &average_of_squares);
    }
    at.Store(weight, weights);
    at.Store(average, exp_avg);
    at.Store(average_of_squares, exp_avg_sq);
  });
}

// The idle sums of `kVectors` vectors together: their divisions overlap, and the loop's cost is shared.
template <size_t kVectors>
HWY_INLINE void AdamIdleSums(const AdamIdleSpan& span, FloatVector eps, bool quads, const FloatVector* roots,
                             FloatVector* sums) {
  const FloatTag d;
  const size_t terms = span.terms;
  const float* const numerators = span.numerators;
  const float* const factors = span.root_factors;
  for (size_t k = 0; k < kVectors; ++k) sums[k] = hn::Zero(d);
  size_t j = 0;
  for (; quads && j + 4 <= terms; j += 4) {
    FloatVector numerator[4];
    FloatVector factor[4];
    for (size_t t = 0; t < 4; ++t) {
      numerator[t] = hn::Set(d, numerators[j + t]);
      factor[t] = hn::Set(d, factors[j + t]);
    }
    for (size_t k = 0; k < kVectors; ++k) {
      sums[k] = sums[k] + AdamIdleTermQuad(roots[k], eps, numerator, factor);
    }
  }
  for (; j + 2 <= terms; j += 2) {
    const FloatVector numerator1 = hn::Set(d, numerators[j]);
    const FloatVector numerator2 = hn::Set(d, numerators[j + 1]);
    const FloatVector factor1 = hn::Set(d, factors[j]);
    const FloatVector factor2 = hn::Set(d, factors[j + 1]);
    for (size_t k = 0; k < kVectors; ++k) {
      sums[k] = sums[k] + AdamIdleTermPair(roots[k], eps, numerator1, factor1, numerator2, factor2);
    }
  }
  if (j == terms) return;
  for (size_t k = 0; k < kVectors; ++k) {
    sums[k] = sums[k] + AdamIdleTerm(roots[k], eps, hn::Set(d, numerators[j]), hn::Set(d, factors[j]));
  }
}

// Whether the products of four denominators are sure to be normal floats, for the whole row: the bits must not depend
// on how its elements are grouped into vectors.
HWY_INLINE bool QuadsAreSafe(const AdamIdleSpan& span, float eps, size_t n, const float* exp_avg_sq) {
  if (eps < kMinEpsOfAdamIdleQuads) return false;
  const FloatTag d;
  const float max_root = kMaxRootOfAdamIdleQuads / span.root_scale;
  const FloatVector limit = hn::Set(d, max_root * max_root);
  FloatVector largest = hn::Zero(d);
  ForEachVector(0, n, [&](auto at) HWY_ATTR { largest = hn::Max(largest, at.Load(exp_avg_sq)); });
  return hn::AllTrue(d, largest < limit);
}

// The idle sum of one element: a vector of terms at a time instead of a vector of elements. (Written out, because
// SumOverRun with this body crashes gcc 12.)
float AdamIdleSumOfOne(const AdamIdleSpan& span, float eps, float root) {
  constexpr size_t kVectors = kVirtualLanes / kLanes;
  const FloatTag d;
  const FloatVector eps_vector = hn::Set(d, eps);
  const FloatVector root_vector = hn::Set(d, root);
  const float* const numerators = span.numerators;
  const float* const factors = span.root_factors;
  const size_t terms = span.terms;
  FloatVector sums[kVectors];
  for (size_t k = 0; k < kVectors; ++k) sums[k] = hn::Zero(d);
  size_t i = 0;
  while (i + kVirtualLanes <= terms) {
    for (size_t k = 0; k < kVectors; ++k, i += kLanes) {
      sums[k] =
          sums[k] + AdamIdleTerm(root_vector, eps_vector, hn::LoadU(d, numerators + i), hn::LoadU(d, factors + i));
    }
  }
  size_t k = 0;
  ForEachVector(i, terms, [&](auto at) HWY_ATTR {  // Lanes behind the end have numerator 0 and add nothing.
    sums[k] = sums[k] + AdamIdleTerm(root_vector, eps_vector, at.Load(numerators), at.Load(factors));
    ++k;
  });
  float lanes[kVirtualLanes];
  for (size_t k = 0; k < kVectors; ++k) hn::StoreU(sums[k], d, lanes + k * kLanes);
  for (size_t half = kVirtualLanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

// The vectors at accesses[0..kVectors), from load to store; sum_up computes their idle sums.
template <size_t kVectors, class Access, class SumUp>
HWY_INLINE void AdamIdleVectors(const AdamIdleSpan& span, const Access* accesses, const SumUp& sum_up, float* weights,
                                float* exp_avg, float* exp_avg_sq) {
  const FloatTag d;
  FloatVector roots[kVectors];
  FloatVector sums[kVectors];
  for (size_t k = 0; k < kVectors; ++k) {
    const FloatVector squares = accesses[k].Load(exp_avg_sq);
    roots[k] = Sqrt(squares) * hn::Set(d, span.root_scale);
    accesses[k].Store(squares * hn::Set(d, span.exp_avg_sq_factor), exp_avg_sq);
  }
  sum_up.template SumUp<kVectors>(roots, sums);
  for (size_t k = 0; k < kVectors; ++k) {
    const FloatVector average = accesses[k].Load(exp_avg);
    const FloatVector moved = NegMulAdd(average * hn::Set(d, span.exp_avg_scale), sums[k], accesses[k].Load(weights));
    accesses[k].Store(MulSplit(moved, hn::Set(d, span.weight_factor.high), hn::Set(d, span.weight_factor.low)),
                      weights);
    accesses[k].Store(average * hn::Set(d, span.exp_avg_factor), exp_avg);
  }
}

// How the idle sums of a row of several elements are computed, and of a bias.
struct SumElements {
  const AdamIdleSpan& span;
  FloatVector eps;
  bool quads;
  template <size_t kVectors>
  HWY_INLINE void SumUp(const FloatVector* roots, FloatVector* sums) const {
    AdamIdleSums<kVectors>(span, eps, quads, roots, sums);
  }
};
struct SumTerms {
  const AdamIdleSpan& span;
  float eps;
  template <size_t kVectors>
  HWY_INLINE void SumUp(const FloatVector* root, FloatVector* sum) const {
    *sum = hn::Set(FloatTag(), AdamIdleSumOfOne(span, eps, hn::GetLane(*root)));
  }
};

void AdamIdleSpanKernel(const AdamIdleSpan& span, float eps, int n, float* weights, float* exp_avg, float* exp_avg_sq) {
  if (n == 1) {
    const SumTerms sum_up = {span, eps};
    ForEachVector(0, 1, [&](auto at) HWY_ATTR { AdamIdleVectors<1>(span, &at, sum_up, weights, exp_avg, exp_avg_sq); });
    return;
  }
  const size_t end = n;
  const SumElements sum_up = {span, hn::Set(FloatTag(), eps), QuadsAreSafe(span, eps, end, exp_avg_sq)};
  size_t i = 0;
  for (; i + 4 * kLanes <= end; i += 4 * kLanes) {
    const WholeAccess accesses[] = {{i}, {i + kLanes}, {i + 2 * kLanes}, {i + 3 * kLanes}};
    AdamIdleVectors<4>(span, accesses, sum_up, weights, exp_avg, exp_avg_sq);
  }
  ForEachVector(i, end, [&](auto at) HWY_ATTR { AdamIdleVectors<1>(span, &at, sum_up, weights, exp_avg, exp_avg_sq); });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(AdamKernel);
HWY_EXPORT(AdamReplayKernel);
HWY_EXPORT(AdamIdleSpanKernel);

void ApplyAdam(const AdamStep<float>& step, const float* gradient, int n, float* weights, float* exp_avg,
               float* exp_avg_sq) {
  HWY_DYNAMIC_DISPATCH(AdamKernel)(step, gradient, n, weights, exp_avg, exp_avg_sq);
}

void ReplayAdam(absl::Span<const AdamStep<float>> steps, int n, float* weights, float* exp_avg, float* exp_avg_sq) {
  HWY_DYNAMIC_DISPATCH(AdamReplayKernel)(steps, n, weights, exp_avg, exp_avg_sq);
}

void ApplyAdamIdleSpan(const AdamIdleSpan& span, float eps, int n, float* weights, float* exp_avg, float* exp_avg_sq) {
  HWY_DYNAMIC_DISPATCH(AdamIdleSpanKernel)(span, eps, n, weights, exp_avg, exp_avg_sq);
}

}  // namespace shoal
#endif  // HWY_ONCE
