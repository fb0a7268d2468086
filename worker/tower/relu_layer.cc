#include "worker/tower/relu_layer.h"

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/relu_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// By a comparison, which is false for NaN.
void ReluKernel(const float* x, size_t n, float* y) {
  const FloatVector zero = hn::Zero(FloatTag());
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector value = at.Load(x);
    at.Store(hn::IfThenZeroElse(value <= zero, value), y);
  });
}

void ReluGradientKernel(const float* y, const float* output_gradient, size_t n, float* input_gradient) {
  const FloatVector zero = hn::Zero(FloatTag());
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    at.Store(hn::IfThenZeroElse(at.Load(y) <= zero, at.Load(output_gradient)), input_gradient);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(ReluKernel);
HWY_EXPORT(ReluGradientKernel);

void ReluLayer::Forward(const ForwardContext&, ConstMatrixView input, MatrixView output) {
  HWY_DYNAMIC_DISPATCH(ReluKernel)(input.data, input.size(), output.data);
}

void ReluLayer::Backward(ConstMatrixView, ConstMatrixView output, ConstMatrixView output_gradient,
                         MatrixView input_gradient) {
  if (input_gradient.data == nullptr) return;
  HWY_DYNAMIC_DISPATCH(ReluGradientKernel)(output.data, output_gradient.data, output.size(), input_gradient.data);
}

}  // namespace shoal
#endif  // HWY_ONCE
