#include "worker/tower/tanh_layer.h"

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/tanh_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

void TanhKernel(const float* x, size_t n, float* y) {
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector value = at.Load(x);
    // What Tanh makes of NaN differs between instruction sets.
    at.Store(hn::IfThenElse(hn::IsNaN(value), value, hn::Tanh(FloatTag(), value)), y);
  });
}

// d tanh(x) / dx = 1 - tanh(x)^2.
void TanhGradientKernel(const float* y, const float* output_gradient, size_t n, float* input_gradient) {
  const FloatVector one = hn::Set(FloatTag(), 1.0F);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector value = at.Load(y);
    at.Store(at.Load(output_gradient) * hn::NegMulAdd(value, value, one), input_gradient);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(TanhKernel);
HWY_EXPORT(TanhGradientKernel);

void TanhLayer::Forward(const ForwardContext&, ConstMatrixView input, MatrixView output) {
  HWY_DYNAMIC_DISPATCH(TanhKernel)(input.data, input.size(), output.data);
}

void TanhLayer::Backward(ConstMatrixView, ConstMatrixView output, ConstMatrixView output_gradient,
                         MatrixView input_gradient) {
  if (input_gradient.data == nullptr) return;
  HWY_DYNAMIC_DISPATCH(TanhGradientKernel)(output.data, output_gradient.data, output.size(), input_gradient.data);
}

}  // namespace shoal
#endif  // HWY_ONCE
