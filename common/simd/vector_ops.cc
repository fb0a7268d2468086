#include "common/simd/vector_ops.h"

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/simd/vector_ops.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

float DotKernel(const float* a, const float* b, int n) {
  return SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR { return hn::MulAdd(at.Load(a), at.Load(b), sum); });
}

float SumOfSquaresKernel(const float* a, int n) {
  return SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR {
    const FloatVector values = at.Load(a);
    return hn::MulAdd(values, values, sum);
  });
}

void AxpyKernel(float alpha, const float* x, float* y, int n) {
  const FloatVector factor = hn::Set(FloatTag(), alpha);
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(hn::MulAdd(factor, at.Load(x), at.Load(y)), y); });
}

void AddKernel(const float* x, float* y, int n) {
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(at.Load(x) + at.Load(y), y); });
}

void ScaleKernel(float factor, float* x, int n) {
  const FloatVector factors = hn::Set(FloatTag(), factor);
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(at.Load(x) * factors, x); });
}

// By comparisons, which are false for NaN: Min and Max differ between instruction sets there.
void ClampKernel(float* x, float limit, int n) {
  const FloatVector high = hn::Set(FloatTag(), limit);
  const FloatVector low = hn::Set(FloatTag(), -limit);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector values = at.Load(x);
    at.Store(hn::IfThenElse(values > high, high, hn::IfThenElse(values < low, low, values)), x);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(DotKernel);
HWY_EXPORT(SumOfSquaresKernel);
HWY_EXPORT(AxpyKernel);
HWY_EXPORT(AddKernel);
HWY_EXPORT(ScaleKernel);
HWY_EXPORT(ClampKernel);

float Dot(const float* a, const float* b, int n) { return HWY_DYNAMIC_DISPATCH(DotKernel)(a, b, n); }

float SumOfSquares(const float* a, int n) { return HWY_DYNAMIC_DISPATCH(SumOfSquaresKernel)(a, n); }

void Axpy(float alpha, const float* x, float* y, int n) { HWY_DYNAMIC_DISPATCH(AxpyKernel)(alpha, x, y, n); }

void Add(const float* x, float* y, int n) { HWY_DYNAMIC_DISPATCH(AddKernel)(x, y, n); }

void Scale(float factor, float* x, int n) { HWY_DYNAMIC_DISPATCH(ScaleKernel)(factor, x, n); }

void Clamp(float* x, float limit, int n) { HWY_DYNAMIC_DISPATCH(ClampKernel)(x, limit, n); }

}  // namespace shoal
#endif  // HWY_ONCE
