#include "common/optimizer/adagrad_kernels.h"

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/optimizer/adagrad_kernels.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/optimizer/row_formulas-inl.h"
#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

HWY_INLINE AdagradConstants<FloatVector> Broadcast(const AdagradConstants<float>& constants) {
  return {hn::Set(FloatTag(), constants.weight_decay), hn::Set(FloatTag(), constants.eps)};
}

void AdagradKernel(const AdagradConstants<float>& constants, float learning_rate, const float* gradient, int n,
                   float* weights, float* sums) {
  const AdagradConstants<FloatVector> broadcast = Broadcast(constants);
  const FloatVector rate = hn::Set(FloatTag(), learning_rate);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    FloatVector sum = at.Load(sums);
    AdagradElement(broadcast, rate, at.Load(gradient), &weight, &sum);
    at.Store(weight, weights);
    at.Store(sum, sums);
  });
}

void AdagradReplayKernel(const AdagradConstants<float>& constants, absl::Span<const float> learning_rates, int n,
                         float* weights, float* sums) {
  const AdagradConstants<FloatVector> broadcast = Broadcast(constants);
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    FloatVector weight = at.Load(weights);
    FloatVector sum = at.Load(sums);
    for (const float learning_rate : learning_rates) {
      AdagradElement(broadcast, hn::Set(FloatTag(), learning_rate), hn::Zero(FloatTag()), &weight, &sum);
    }
    at.Store(weight, weights);
    at.Store(sum, sums);
  });
}

float SumOfDecayedSquaresKernel(float weight_decay, const float* gradient, const float* weights, int n) {
  const FloatVector decay = hn::Set(FloatTag(), weight_decay);
  return SumOverRun(n, [&](auto at, FloatVector partial) HWY_ATTR {
    const FloatVector decayed = MulAdd(decay, at.Load(weights), at.Load(gradient));
    return MulAdd(decayed, decayed, partial);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(AdagradKernel);
HWY_EXPORT(AdagradReplayKernel);
HWY_EXPORT(SumOfDecayedSquaresKernel);

void ApplyAdagrad(const AdagradConstants<float>& constants, float learning_rate, const float* gradient, int n,
                  float* weights, float* sums) {
  HWY_DYNAMIC_DISPATCH(AdagradKernel)(constants, learning_rate, gradient, n, weights, sums);
}

void ReplayAdagrad(const AdagradConstants<float>& constants, absl::Span<const float> learning_rates, int n,
                   float* weights, float* sums) {
  HWY_DYNAMIC_DISPATCH(AdagradReplayKernel)(constants, learning_rates, n, weights, sums);
}

float SumOfDecayedSquares(float weight_decay, const float* gradient, const float* weights, int n) {
  return HWY_DYNAMIC_DISPATCH(SumOfDecayedSquaresKernel)(weight_decay, gradient, weights, n);
}

}  // namespace shoal
#endif  // HWY_ONCE
