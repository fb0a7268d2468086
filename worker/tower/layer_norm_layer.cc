#include "worker/tower/layer_norm_layer.h"

#include <cmath>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/layer_norm_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

using Moments = LayerNormLayer::Moments;

// `weight` and `bias` may be null: ones and zeros.
Moments LayerNormRow(const float* x, size_t n, float eps, const float* weight, const float* bias, float* y) {
  const auto count = static_cast<float>(n);
  const float mean = SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR { return sum + at.Load(x); }) / count;
  const FloatVector means = hn::Set(FloatTag(), mean);
  // Differences go through memory: past the row's end, where sums read zeros, they would be -mean.
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(at.Load(x) - means, y); });
  const float squares = SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR {
    const FloatVector difference = at.Load(y);
    return hn::MulAdd(difference, difference, sum);
  });
  const float scale = 1 / std::sqrt(squares / count + eps);
  const FloatVector scales = hn::Set(FloatTag(), scale);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector normalized = at.Load(y) * scales;
    at.Store(weight != nullptr ? hn::MulAdd(normalized, at.Load(weight), at.Load(bias)) : normalized, y);
  });
  return {mean, scale};
}

void LayerNormKernel(ConstMatrixView x, float eps, const float* weight, const float* bias, MatrixView y,
                     Moments* moments) {
  for (int64_t i = 0; i < x.rows; ++i) moments[i] = LayerNormRow(x.row(i), x.cols, eps, weight, bias, y.row(i));
}

void LayerNormParameterGradientsKernel(ConstMatrixView x, const Moments* moments, ConstMatrixView output_gradient,
                                       float* weight_gradient, float* bias_gradient) {
  ForEachVector(0, x.cols, [&](auto at) HWY_ATTR {
    FloatVector weight_sum = hn::Zero(FloatTag());
    FloatVector bias_sum = hn::Zero(FloatTag());
    for (int64_t i = 0; i < x.rows; ++i) {
      const FloatVector mean = hn::Set(FloatTag(), moments[i].mean);
      const FloatVector normalized = (at.Load(x.row(i)) - mean) * hn::Set(FloatTag(), moments[i].scale);
      const FloatVector gradient = at.Load(output_gradient.row(i));
      weight_sum = hn::MulAdd(gradient, normalized, weight_sum);
      bias_sum = bias_sum + gradient;
    }
    at.Store(weight_sum, weight_gradient);
    at.Store(bias_sum, bias_gradient);
  });
}

// With z the normalised row and g = output gradient * weight: scale * (g - mean(g) - z * mean(g * z)).
void LayerNormInputGradientOfRow(const float* x, size_t n, const Moments& moments, const float* weight,
                                 const float* output_gradient, float* input_gradient) {
  float* const g = input_gradient;
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector gradient = at.Load(output_gradient);
    at.Store(weight != nullptr ? gradient * at.Load(weight) : gradient, g);
  });
  const FloatVector mean = hn::Set(FloatTag(), moments.mean);
  const FloatVector scale = hn::Set(FloatTag(), moments.scale);
  const auto count = static_cast<float>(n);
  const float sum = SumOverRun(n, [&](auto at, FloatVector partial) HWY_ATTR { return partial + at.Load(g); });
  // Past the row's end g reads as 0.
  const float dot = SumOverRun(n, [&](auto at, FloatVector partial) HWY_ATTR {
    return hn::MulAdd(at.Load(g), (at.Load(x) - mean) * scale, partial);
  });
  const FloatVector mean_gradient = hn::Set(FloatTag(), sum / count);
  const FloatVector mean_product = hn::Set(FloatTag(), dot / count);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    const FloatVector normalized = (at.Load(x) - mean) * scale;
    at.Store(scale * hn::NegMulAdd(normalized, mean_product, at.Load(g) - mean_gradient), g);
  });
}

void LayerNormInputGradientKernel(ConstMatrixView x, const Moments* moments, const float* weight,
                                  ConstMatrixView output_gradient, MatrixView input_gradient) {
  for (int64_t i = 0; i < x.rows; ++i) {
    LayerNormInputGradientOfRow(x.row(i), x.cols, moments[i], weight, output_gradient.row(i), input_gradient.row(i));
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(LayerNormKernel);
HWY_EXPORT(LayerNormParameterGradientsKernel);
HWY_EXPORT(LayerNormInputGradientKernel);

std::vector<ParameterSpec> LayerNormLayer::parameters() const {
  if (!config_.elementwise_affine()) return {};
  ParameterSpec weight = {"weight", {in_features_}, {}};
  ParameterSpec bias = {"bias", {in_features_}, {}};
  weight.initializer.mutable_constant()->set_value(1);
  bias.initializer.mutable_constant()->set_value(0);
  return {weight, bias};
}

void LayerNormLayer::Bind(absl::Span<const ParameterRef> parameters) {
  if (!config_.elementwise_affine()) return;
  weight_ = parameters[0];
  bias_ = parameters[1];
}

void LayerNormLayer::Forward(const ForwardContext&, ConstMatrixView input, MatrixView output) {
  moments_.resize(input.rows);
  HWY_DYNAMIC_DISPATCH(LayerNormKernel)
  (input, config_.eps(), weight_.values, bias_.values, output, moments_.data());
}

void LayerNormLayer::Backward(ConstMatrixView input, ConstMatrixView, ConstMatrixView output_gradient,
                              MatrixView input_gradient) {
  if (weight_.gradient != nullptr) {
    HWY_DYNAMIC_DISPATCH(LayerNormParameterGradientsKernel)
    (input, moments_.data(), output_gradient, weight_.gradient, bias_.gradient);
  }
  if (input_gradient.data == nullptr) return;
  HWY_DYNAMIC_DISPATCH(LayerNormInputGradientKernel)
  (input, moments_.data(), weight_.values, output_gradient, input_gradient);
}

}  // namespace shoal
#endif  // HWY_ONCE
