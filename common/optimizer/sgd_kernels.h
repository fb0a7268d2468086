// SGD on one row, vectorised. Runs are `n` floats: a row's segment.
#ifndef SHOAL_COMMON_OPTIMIZER_SGD_KERNELS_H_
#define SHOAL_COMMON_OPTIMIZER_SGD_KERNELS_H_

#include "common/optimizer/row_steps.h"
#include "common/optimizer/split_factor.h"

namespace shoal {

// weight -= learning_rate * (gradient + weight_decay * weight).
void ApplySgd(float learning_rate, float weight_decay, const float* gradient, int n, float* weights);

void ApplySgdMomentum(const SgdMomentumStep<float>& step, const float* gradient, int n, float* weights,
                      float* momentum_buffer);

// weight *= factor.
void ApplySplitFactor(const SplitFactor& factor, int n, float* weights);

void ApplyRowMap(const RowMap<float>& map, int n, float* weights, float* momentum_buffer);

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_SGD_KERNELS_H_
