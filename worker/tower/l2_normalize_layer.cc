#include "worker/tower/l2_normalize_layer.h"

#include <cmath>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/l2_normalize_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// Returns the norm.
float L2NormalizeRow(const float* x, size_t n, float eps, float* y) {
  const float norm = std::sqrt(SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR {
    const FloatVector value = at.Load(x);
    return hn::MulAdd(value, value, sum);
  }));
  // By a comparison, which is false for NaN.
  const FloatVector divisor = hn::Set(FloatTag(), norm < eps ? eps : norm);
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(at.Load(x) / divisor, y); });
  return norm;
}

void L2NormalizeKernel(ConstMatrixView x, float eps, MatrixView y, float* norms) {
  for (int64_t i = 0; i < x.rows; ++i) norms[i] = L2NormalizeRow(x.row(i), x.cols, eps, y.row(i));
}

// With g the output gradient: (g - y <y, g>) / norm, or g / eps where the norm is smaller than eps.
void L2NormalizeGradientOfRow(const float* y, size_t n, float norm, float eps, const float* output_gradient,
                              float* input_gradient) {
  const float dot = SumOverRun(
      n, [&](auto at, FloatVector sum) HWY_ATTR { return hn::MulAdd(at.Load(y), at.Load(output_gradient), sum); });
  const FloatVector along = hn::Set(FloatTag(), norm < eps ? 0 : dot);
  const FloatVector divisor = hn::Set(FloatTag(), norm < eps ? eps : norm);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    at.Store(hn::NegMulAdd(along, at.Load(y), at.Load(output_gradient)) / divisor, input_gradient);
  });
}

void L2NormalizeGradientKernel(ConstMatrixView y, const float* norms, float eps, ConstMatrixView output_gradient,
                               MatrixView input_gradient) {
  for (int64_t i = 0; i < y.rows; ++i) {
    L2NormalizeGradientOfRow(y.row(i), y.cols, norms[i], eps, output_gradient.row(i), input_gradient.row(i));
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(L2NormalizeKernel);
HWY_EXPORT(L2NormalizeGradientKernel);

void L2NormalizeLayer::Forward(const ForwardContext&, ConstMatrixView input, MatrixView output) {
  norms_.resize(input.rows);
  HWY_DYNAMIC_DISPATCH(L2NormalizeKernel)(input, eps_, output, norms_.data());
}

void L2NormalizeLayer::Backward(ConstMatrixView, ConstMatrixView output, ConstMatrixView output_gradient,
                                MatrixView input_gradient) {
  if (input_gradient.data == nullptr) return;
  HWY_DYNAMIC_DISPATCH(L2NormalizeGradientKernel)(output, norms_.data(), eps_, output_gradient, input_gradient);
}

}  // namespace shoal
#endif  // HWY_ONCE
