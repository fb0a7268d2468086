// Adam on one row, vectorised. Runs are `n` floats: a row's segment.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAM_KERNELS_H_
#define SHOAL_COMMON_OPTIMIZER_ADAM_KERNELS_H_

#include "absl/types/span.h"
#include "common/optimizer/adam_idle_history.h"
#include "common/optimizer/row_steps.h"

namespace shoal {

void ApplyAdam(const AdamStep<float>& step, const float* gradient, int n, float* weights, float* exp_avg,
               float* exp_avg_sq);

// The steps one after the other without a gradient.
void ReplayAdam(absl::Span<const AdamStep<float>> steps, int n, float* weights, float* exp_avg, float* exp_avg_sq);

void ApplyAdamIdleSpan(const AdamIdleSpan& span, float eps, int n, float* weights, float* exp_avg, float* exp_avg_sq);

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAM_KERNELS_H_
