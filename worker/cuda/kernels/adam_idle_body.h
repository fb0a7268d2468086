// A run of idle Adam steps on one row, for the lanes of a kernel: what ApplyAdamIdleSpan of
// common/optimizer/adam_kernels.h does, to the bit.
#ifndef SHOAL_WORKER_CUDA_KERNELS_ADAM_IDLE_BODY_H_
#define SHOAL_WORKER_CUDA_KERNELS_ADAM_IDLE_BODY_H_

#include <cstddef>
#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/adam_idle_history.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/lanes.h"

namespace shoal {

// The idle sum of an element of a row of several.
SHOAL_HOST_DEVICE inline float AdamIdleSum(const AdamIdleSpan& span, float eps, bool quads, float root) {
  float sum = 0;
  size_t j = 0;
  for (; quads && j + 4 <= span.terms; j += 4) {
    sum += scalar::AdamIdleTermQuad(root, eps, span.numerators + j, span.root_factors + j);
  }
  for (; j + 2 <= span.terms; j += 2) {
    sum += scalar::AdamIdleTermPair(root, eps, span.numerators[j], span.root_factors[j], span.numerators[j + 1],
                                    span.root_factors[j + 1]);
  }
  if (j < span.terms) sum += scalar::AdamIdleTerm(root, eps, span.numerators[j], span.root_factors[j]);
  return sum;
}

SHOAL_HOST_DEVICE inline void MoveIdleAdamElement(const AdamIdleSpan& span, float sum, float* weight, float* exp_avg,
                                                  float* exp_avg_sq) {
  *exp_avg_sq *= span.exp_avg_sq_factor;
  const float moved = scalar::NegMulAdd(*exp_avg * span.exp_avg_scale, sum, *weight);
  *weight = scalar::MulSplit(moved, span.weight_factor.high, span.weight_factor.low);
  *exp_avg *= span.exp_avg_factor;
}

// `n` floats: a row's segment.
SHOAL_HOST_DEVICE inline void ApplyAdamIdleSpan(const Lanes& lanes, const AdamIdleSpan& span, float eps, int n,
                                                float* weights, float* exp_avg, float* exp_avg_sq) {
  if (n == 1) {  // A bias: the lanes share its terms.
    const float root = scalar::Sqrt(*exp_avg_sq) * span.root_scale;
    const float sum = lanes.Sum<float>(static_cast<int64_t>(span.terms), [&](int64_t i, float partial) {
      return partial + scalar::AdamIdleTerm(root, eps, span.numerators[i], span.root_factors[i]);
    });
    lanes.Sync();
    lanes.Once([&] { MoveIdleAdamElement(span, sum, weights, exp_avg, exp_avg_sq); });
    lanes.Sync();
    return;
  }
  const float max_root = kMaxRootOfAdamIdleQuads / span.root_scale;
  const float limit = max_root * max_root;
  const bool quads = eps >= kMinEpsOfAdamIdleQuads && lanes.All(n, [&](int64_t i) { return exp_avg_sq[i] < limit; });
  lanes.ForEach(n, [&](int64_t i) {
    const float root = scalar::Sqrt(exp_avg_sq[i]) * span.root_scale;
    MoveIdleAdamElement(span, AdamIdleSum(span, eps, quads, root), &weights[i], &exp_avg[i], &exp_avg_sq[i]);
  });
}

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_ADAM_IDLE_BODY_H_
