// SGD on one row, vectorised. Runs are `n` floats: a row's segment.
//
// T is float for callers; the formulas also use the structures with a vector of equal lanes.
#ifndef SHOAL_COMMON_OPTIMIZER_SGD_KERNELS_H_
#define SHOAL_COMMON_OPTIMIZER_SGD_KERNELS_H_

#include "common/optimizer/split_factor.h"

namespace shoal {

// With d = gradient + weight_decay * weight:
//   buffer = momentum * buffer + gradient_share * d
//   weight -= learning_rate * (buffer_share_of_move * buffer + gradient_share_of_move * d)
template <class T>
struct SgdMomentumStep {
  T learning_rate;
  T weight_decay;
  T momentum;
  T gradient_share;          // 1 - dampening, and 1 in a buffer's first step.
  T buffer_share_of_move;    // 1; the momentum with Nesterov.
  T gradient_share_of_move;  // 0; 1 with Nesterov.
};

// What steps without a gradient do to (weight, buffer), the same for all elements.
template <class T>
struct RowMap {
  T weight_from_weight;
  T weight_from_weight_low;  // What weight_from_weight as a float is short of.
  T weight_from_buffer;
  T buffer_from_weight;
  T buffer_from_buffer;
};

// weight -= learning_rate * (gradient + weight_decay * weight).
void ApplySgd(float learning_rate, float weight_decay, const float* gradient, int n, float* weights);

void ApplySgdMomentum(const SgdMomentumStep<float>& step, const float* gradient, int n, float* weights,
                      float* momentum_buffer);

// weight *= factor.
void ApplySplitFactor(const SplitFactor& factor, int n, float* weights);

void ApplyRowMap(const RowMap<float>& map, int n, float* weights, float* momentum_buffer);

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_SGD_KERNELS_H_
