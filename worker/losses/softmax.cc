#include "worker/losses/softmax.h"

#include <cmath>
#include <limits>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/losses/softmax.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// The highest number, -infinity where there is none; NaN is passed over.
float Highest(const float* x, int n) {
  alignas(64) float lanes[kLanes];
  FloatVector high = hn::Set(FloatTag(), -std::numeric_limits<float>::infinity());
  int i = 0;
  for (; i + static_cast<int>(kLanes) <= n; i += static_cast<int>(kLanes)) {
    const FloatVector values = hn::LoadU(FloatTag(), x + i);
    high = hn::IfThenElse(values > high, values, high);
  }
  hn::Store(high, FloatTag(), lanes);
  float result = lanes[0];
  for (const float lane : lanes) result = lane > result ? lane : result;
  for (; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

SoftmaxParts SoftmaxKernel(const float* x, int n, float* exps) {
  SoftmaxParts parts;
  const float highest = Highest(x, n);
  while (parts.argmax < n - 1 && x[parts.argmax] != highest) ++parts.argmax;
  parts.max = x[parts.argmax];
  const FloatVector max = hn::Set(FloatTag(), parts.max);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector gap = at.Load(x) - max;
    // Exp takes NaN for a number far below zero: without this a model that has diverged would look well.
    at.Store(hn::IfThenElse(hn::IsNaN(gap), gap, hn::Exp(FloatTag(), gap)), exps);
  });
  exps[parts.argmax] = 0;
  parts.rest = SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR { return sum + at.Load(exps); });
  exps[parts.argmax] = 1;
  if (!std::isfinite(parts.max)) parts.rest = std::numeric_limits<double>::quiet_NaN();
  return parts;
}

float WeightedGapKernel(const float* weights, float shift, const float* x, int n) {
  const FloatVector shifts = hn::Set(FloatTag(), shift);
  return SumOverRun(
      n, [&](auto at, FloatVector sum) HWY_ATTR { return hn::MulAdd(at.Load(weights), shifts - at.Load(x), sum); });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(SoftmaxKernel);
HWY_EXPORT(WeightedGapKernel);

SoftmaxParts Softmax(const float* x, int n, float* exps) { return HWY_DYNAMIC_DISPATCH(SoftmaxKernel)(x, n, exps); }

float WeightedGap(const float* weights, float shift, const float* x, int n) {
  return HWY_DYNAMIC_DISPATCH(WeightedGapKernel)(weights, shift, x, n);
}

}  // namespace shoal
#endif  // HWY_ONCE
