// Adagrad on one row, and the reduction of row-wise Adagrad, vectorised. Runs are `n` floats: a row's segment.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAGRAD_KERNELS_H_
#define SHOAL_COMMON_OPTIMIZER_ADAGRAD_KERNELS_H_

#include "absl/types/span.h"
#include "common/optimizer/row_steps.h"

namespace shoal {

// With d = gradient + weight_decay * weight: sum += d * d; weight -= learning_rate * d / (sqrt(sum) + eps).
void ApplyAdagrad(const AdagradConstants<float>& constants, float learning_rate, const float* gradient, int n,
                  float* weights, float* sums);

// The same without a gradient, once for each learning rate.
void ReplayAdagrad(const AdagradConstants<float>& constants, absl::Span<const float> learning_rates, int n,
                   float* weights, float* sums);

// The sum of d * d over the row: what row-wise Adagrad's accumulator grows by, times the row's dim.
float SumOfDecayedSquares(float weight_decay, const float* gradient, const float* weights, int n);

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAGRAD_KERNELS_H_
