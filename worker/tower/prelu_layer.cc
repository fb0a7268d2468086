#include "worker/tower/prelu_layer.h"

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/prelu_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

void PreluKernel(ConstMatrixView x, const float* weight, bool shared, MatrixView y) {
  const FloatVector zero = hn::Zero(FloatTag());
  const FloatVector first_weight = hn::Set(FloatTag(), weight[0]);
  for (int64_t i = 0; i < x.rows; ++i) {
    ForEachVector(0, x.cols, [&](auto at) HWY_ATTR {
      const FloatVector value = at.Load(x.row(i));
      const FloatVector slope = shared ? first_weight : at.Load(weight);
      at.Store(hn::IfThenElse(value > zero, value, slope * value), y.row(i));
    });
  }
}

void PreluInputGradientKernel(ConstMatrixView x, const float* weight, bool shared, ConstMatrixView output_gradient,
                              MatrixView input_gradient) {
  const FloatVector zero = hn::Zero(FloatTag());
  const FloatVector first_weight = hn::Set(FloatTag(), weight[0]);
  for (int64_t i = 0; i < x.rows; ++i) {
    ForEachVector(0, x.cols, [&](auto at) HWY_ATTR {
      const FloatVector gradient = at.Load(output_gradient.row(i));
      const FloatVector slope = shared ? first_weight : at.Load(weight);
      at.Store(hn::IfThenElse(at.Load(x.row(i)) > zero, gradient, slope * gradient), input_gradient.row(i));
    });
  }
}

// One weight a feature: sums over the examples in order.
void PreluWeightGradientsKernel(ConstMatrixView x, ConstMatrixView output_gradient, float* weight_gradient) {
  const FloatVector zero = hn::Zero(FloatTag());
  ForEachVector(0, x.cols, [&](auto at) HWY_ATTR {
    FloatVector sum = zero;
    for (int64_t i = 0; i < x.rows; ++i) {
      const FloatVector value = at.Load(x.row(i));
      const FloatVector negative = hn::IfThenZeroElse(value > zero, value);
      sum = hn::MulAdd(negative, at.Load(output_gradient.row(i)), sum);
    }
    at.Store(sum, weight_gradient);
  });
}

// A function of its own, of plain pointers: gcc 12 fails on the sum inside the loop over rows.
float PreluWeightGradientOfRow(const float* x, const float* output_gradient, size_t n) {
  return SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR {
    const FloatVector value = at.Load(x);
    const FloatVector negative = hn::IfThenZeroElse(value > hn::Zero(FloatTag()), value);
    return hn::MulAdd(negative, at.Load(output_gradient), sum);
  });
}

// One weight for all features.
float PreluSharedWeightGradientKernel(ConstMatrixView x, ConstMatrixView output_gradient) {
  double total = 0;
  for (int64_t i = 0; i < x.rows; ++i) total += PreluWeightGradientOfRow(x.row(i), output_gradient.row(i), x.cols);
  return static_cast<float>(total);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(PreluKernel);
HWY_EXPORT(PreluInputGradientKernel);
HWY_EXPORT(PreluWeightGradientsKernel);
HWY_EXPORT(PreluSharedWeightGradientKernel);

std::vector<ParameterSpec> PreluLayer::parameters() const {
  ParameterSpec weight = {"weight", {config_.num_parameters()}, {}};
  weight.initializer.mutable_constant()->set_value(config_.init());
  return {weight};
}

void PreluLayer::Forward(const ForwardContext&, ConstMatrixView input, MatrixView output) {
  HWY_DYNAMIC_DISPATCH(PreluKernel)(input, weight_.values, shared(), output);
}

void PreluLayer::Backward(ConstMatrixView input, ConstMatrixView, ConstMatrixView output_gradient,
                          MatrixView input_gradient) {
  if (shared()) {
    *weight_.gradient = HWY_DYNAMIC_DISPATCH(PreluSharedWeightGradientKernel)(input, output_gradient);
  } else {
    HWY_DYNAMIC_DISPATCH(PreluWeightGradientsKernel)(input, output_gradient, weight_.gradient);
  }
  if (input_gradient.data == nullptr) return;
  HWY_DYNAMIC_DISPATCH(PreluInputGradientKernel)(input, weight_.values, shared(), output_gradient, input_gradient);
}

}  // namespace shoal
#endif  // HWY_ONCE
