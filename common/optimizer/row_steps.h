// The constants of one optimizer step, as the update rules take them (row_formulas_body-inl.h). Plain data: kernels get
// them by value.
//
// T is float for callers; vectorised kernels also use the structures with a vector of equal lanes.
#ifndef SHOAL_COMMON_OPTIMIZER_ROW_STEPS_H_
#define SHOAL_COMMON_OPTIMIZER_ROW_STEPS_H_

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

template <class T>
struct AdagradConstants {
  T weight_decay;
  T eps;
};

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

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ROW_STEPS_H_
