#include "common/optimizer/sgd_kernels.h"

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/optimizer/sgd_kernels.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/optimizer/row_formulas-inl.h"
#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

void SgdKernel(float learning_rate, float weight_decay, const float* gradient, int n, float* weights) {
  const FloatVector rate = hn::Set(FloatTag(), learning_rate);
  const FloatVector decay = hn::Set(FloatTag(), weight_decay);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    SgdElement(rate, decay, at.Load(gradient), &weight);
    at.Store(weight, weights);
  });
}

void SgdMomentumKernel(const SgdMomentumStep<float>& step, const float* gradient, int n, float* weights,
                       float* momentum_buffer) {
  const FloatTag d;
  const SgdMomentumStep<FloatVector> steps = {
      hn::Set(d, step.learning_rate),  hn::Set(d, step.weight_decay),         hn::Set(d, step.momentum),
      hn::Set(d, step.gradient_share), hn::Set(d, step.buffer_share_of_move), hn::Set(d, step.gradient_share_of_move)};
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    FloatVector buffer = at.Load(momentum_buffer);
    SgdMomentumElement(steps, at.Load(gradient), &weight, &buffer);
    at.Store(weight, weights);
    at.Store(buffer, momentum_buffer);
  });
}

void SplitFactorKernel(const SplitFactor& factor, int n, float* weights) {
  const FloatVector high = hn::Set(FloatTag(), factor.high);
  const FloatVector low = hn::Set(FloatTag(), factor.low);
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(MulSplit(at.Load(weights), high, low), weights); });
}

void RowMapKernel(const RowMap<float>& map, int n, float* weights, float* momentum_buffer) {
  const FloatTag d;
  const RowMap<FloatVector> maps = {hn::Set(d, map.weight_from_weight), hn::Set(d, map.weight_from_weight_low),
                                    hn::Set(d, map.weight_from_buffer), hn::Set(d, map.buffer_from_weight),
                                    hn::Set(d, map.buffer_from_buffer)};
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    FloatVector buffer = at.Load(momentum_buffer);
    LinearMapElement(maps, &weight, &buffer);
    at.Store(weight, weights);
    at.Store(buffer, momentum_buffer);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(SgdKernel);
HWY_EXPORT(SgdMomentumKernel);
HWY_EXPORT(SplitFactorKernel);
HWY_EXPORT(RowMapKernel);

void ApplySgd(float learning_rate, float weight_decay, const float* gradient, int n, float* weights) {
  HWY_DYNAMIC_DISPATCH(SgdKernel)(learning_rate, weight_decay, gradient, n, weights);
}

void ApplySgdMomentum(const SgdMomentumStep<float>& step, const float* gradient, int n, float* weights,
                      float* momentum_buffer) {
  HWY_DYNAMIC_DISPATCH(SgdMomentumKernel)(step, gradient, n, weights, momentum_buffer);
}

void ApplySplitFactor(const SplitFactor& factor, int n, float* weights) {
  HWY_DYNAMIC_DISPATCH(SplitFactorKernel)(factor, n, weights);
}

void ApplyRowMap(const RowMap<float>& map, int n, float* weights, float* momentum_buffer) {
  HWY_DYNAMIC_DISPATCH(RowMapKernel)(map, n, weights, momentum_buffer);
}

}  // namespace shoal
#endif  // HWY_ONCE
