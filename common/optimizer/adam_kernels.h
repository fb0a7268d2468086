// Adam on one row, vectorised. Runs are `n` floats: a row's segment.
//
// T is float for callers; the formulas also use the structure with a vector of equal lanes.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAM_KERNELS_H_
#define SHOAL_COMMON_OPTIMIZER_ADAM_KERNELS_H_

#include "absl/types/span.h"
#include "common/optimizer/split_factor.h"

namespace shoal {

// With d = gradient + weight_decay * weight:
//   exp_avg += exp_avg_share * (d - exp_avg)
//   exp_avg_sq = beta2 * exp_avg_sq + exp_avg_sq_share * d * d
//   weight -= shrinkage * weight; weight -= step_size * exp_avg / (sqrt(exp_avg_sq) * root_scale + eps)
template <class T>
struct AdamStep {
  T weight_decay;   // 0 where it is decoupled.
  T shrinkage;      // Learning rate * weight decay where it is decoupled, else 0.
  T exp_avg_share;  // 1 - beta1.
  T beta2;
  T exp_avg_sq_share;  // 1 - beta2.
  T step_size;         // Learning rate over bias correction 1 (times the root of bias correction 2: SparseAdam).
  T root_scale;        // 1 over the root of bias correction 2 (1: SparseAdam).
  T eps;
};

// A run of idle steps, for all elements of a row at once; made by AdamIdleCoefficients.
//   sum = of numerators[i] / (sqrt(exp_avg_sq) * root_scale * root_factors[i] + eps) over all i
//   weight = weight_factor * (weight - exp_avg * exp_avg_scale * sum)
//   exp_avg *= exp_avg_factor; exp_avg_sq *= exp_avg_sq_factor
struct AdamIdleSpan {
  absl::Span<const float> numerators;
  absl::Span<const float> root_factors;  // As many as numerators.
  float exp_avg_scale;
  float root_scale;
  SplitFactor weight_factor;
  float exp_avg_factor;
  float exp_avg_sq_factor;
};

void ApplyAdam(const AdamStep<float>& step, const float* gradient, int n, float* weights, float* exp_avg,
               float* exp_avg_sq);

// The steps one after the other without a gradient.
void ReplayAdam(absl::Span<const AdamStep<float>> steps, int n, float* weights, float* exp_avg, float* exp_avg_sq);

void ApplyAdamIdleSpan(const AdamIdleSpan& span, float eps, int n, float* weights, float* exp_avg, float* exp_avg_sq);

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAM_KERNELS_H_
