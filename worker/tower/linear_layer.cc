#include "worker/tower/linear_layer.h"

#include <cmath>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/linear_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"
#include "worker/tower/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

void AddToRowsKernel(const float* bias, MatrixView y) {
  for (int64_t i = 0; i < y.rows; ++i) {
    ForEachVector(0, y.cols, [&](auto at) HWY_ATTR { at.Store(at.Load(y.row(i)) + at.Load(bias), y.row(i)); });
  }
}

void ColumnSumsKernel(ConstMatrixView x, float* sums) {
  ForEachVector(0, x.cols, [&](auto at) HWY_ATTR {
    FloatVector sum = hn::Zero(FloatTag());
    for (int64_t i = 0; i < x.rows; ++i) sum = sum + at.Load(x.row(i));
    at.Store(sum, sums);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(AddToRowsKernel);
HWY_EXPORT(ColumnSumsKernel);

std::vector<ParameterSpec> LinearLayer::parameters() const {
  const float bound = 1 / std::sqrt(static_cast<float>(in_features_));
  InitializerConfig initializer;
  initializer.mutable_uniform()->set_low(-bound);
  initializer.mutable_uniform()->set_high(bound);
  std::vector<ParameterSpec> specs = {{"weight", {config_.out_features(), in_features_}, initializer}};
  if (config_.bias()) specs.push_back({"bias", {config_.out_features()}, initializer});
  return specs;
}

void LinearLayer::Bind(absl::Span<const ParameterRef> parameters) {
  weight_ = parameters[0];
  if (config_.bias()) bias_ = parameters[1];
}

void LinearLayer::Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) {
  is_sparse_ = context.background.has_value() && sparse_.Take(input, *context.background, output.cols);
  if (is_sparse_) {
    sparse_.MultiplyTransposed(weight(), output);
  } else {
    Multiply(input, Transposed(weight()), output);
  }
  if (bias_.values != nullptr) HWY_DYNAMIC_DISPATCH(AddToRowsKernel)(bias_.values, output);
}

void LinearLayer::Backward(ConstMatrixView input, ConstMatrixView, ConstMatrixView output_gradient,
                           MatrixView input_gradient) {
  const MatrixView weight_gradient = {weight_.gradient, config_.out_features(), in_features_};
  if (is_sparse_) {
    sparse_.MultiplyFromLeft(output_gradient, weight_gradient);
  } else {
    Multiply(Transposed(output_gradient), input, weight_gradient);
  }
  if (bias_.gradient != nullptr) HWY_DYNAMIC_DISPATCH(ColumnSumsKernel)(output_gradient, bias_.gradient);
  if (input_gradient.data != nullptr) Multiply(output_gradient, weight(), input_gradient);
}

}  // namespace shoal
#endif  // HWY_ONCE
