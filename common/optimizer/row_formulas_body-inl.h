// The arithmetic of one optimizer step on one element, for float and for vectors of floats: the only place where the
// update rules are written. Loads, stores and loops are elsewhere.
//
// Every product that is fused with a sum says so by MulAdd; everything else rounds after each operation. Hence the same
// bits for every vector width, for scalars, on the CPU and on the GPU, wherever multiply-adds are fused.
//
// No header of its own: row_formulas-inl.h includes it once for each instruction set, row_formulas.h for scalars. They
// bring MulAdd, NegMulAdd and Sqrt and say with SHOAL_FORMULA what kind of function a formula is.

// value * (high + low), a factor in two parts (common/optimizer/split_factor.h).
template <class T>
SHOAL_FORMULA T MulSplit(T value, T high, T low) {
  return MulAdd(value, high, value * low);
}

// ---- SGD ----

template <class T>
SHOAL_FORMULA void SgdElement(T learning_rate, T weight_decay, T gradient, T* weight) {
  *weight = NegMulAdd(learning_rate, MulAdd(weight_decay, *weight, gradient), *weight);
}

template <class T>
SHOAL_FORMULA void SgdMomentumElement(const SgdMomentumStep<T>& step, T gradient, T* weight, T* momentum_buffer) {
  const T decayed = MulAdd(step.weight_decay, *weight, gradient);
  *momentum_buffer = MulAdd(step.momentum, *momentum_buffer, step.gradient_share * decayed);
  const T direction = MulAdd(step.buffer_share_of_move, *momentum_buffer, step.gradient_share_of_move * decayed);
  *weight = NegMulAdd(step.learning_rate, direction, *weight);
}

// (weight, buffer) times a 2x2 matrix.
template <class T>
SHOAL_FORMULA void LinearMapElement(const RowMap<T>& map, T* weight, T* buffer) {
  const T old_weight = *weight;
  *weight = MulAdd(map.weight_from_weight, old_weight,
                   MulAdd(map.weight_from_weight_low, old_weight, map.weight_from_buffer * *buffer));
  *buffer = MulAdd(map.buffer_from_buffer, *buffer, map.buffer_from_weight * old_weight);
}

// ---- Adagrad ----

template <class T>
SHOAL_FORMULA void AdagradElement(const AdagradConstants<T>& constants, T learning_rate, T gradient, T* weight,
                                  T* sum) {
  const T decayed = MulAdd(constants.weight_decay, *weight, gradient);
  *sum = MulAdd(decayed, decayed, *sum);
  *weight = NegMulAdd(learning_rate, decayed / (Sqrt(*sum) + constants.eps), *weight);
}

// ---- Adam ----

template <class T>
SHOAL_FORMULA void AdamElement(const AdamStep<T>& step, T gradient, T* weight, T* exp_avg, T* exp_avg_sq) {
  const T decayed = MulAdd(step.weight_decay, *weight, gradient);
  *exp_avg = MulAdd(step.exp_avg_share, decayed - *exp_avg, *exp_avg);
  *exp_avg_sq = MulAdd(step.exp_avg_sq_share * decayed, decayed, step.beta2 * *exp_avg_sq);
  const T denominator = MulAdd(Sqrt(*exp_avg_sq), step.root_scale, step.eps);
  *weight = NegMulAdd(step.step_size, *exp_avg / denominator, NegMulAdd(step.shrinkage, *weight, *weight));
}

// One term of the idle sum: numerator / (root * root_factor + eps).
template <class T>
SHOAL_FORMULA T AdamIdleTerm(T root, T eps, T numerator, T root_factor) {
  return numerator / MulAdd(root, root_factor, eps);
}

// Two terms at the cost of one division: h1 / x1 + h2 / x2 = (h1 * x2 + h2 * x1) / (x1 * x2). eps >= 1e-16 keeps the
// product of the denominators normal.
template <class T>
SHOAL_FORMULA T AdamIdleTermPair(T root, T eps, T numerator1, T root_factor1, T numerator2, T root_factor2) {
  const T x1 = MulAdd(root, root_factor1, eps);
  const T x2 = MulAdd(root, root_factor2, eps);
  return MulAdd(numerator1, x2, numerator2 * x1) / (x1 * x2);
}

// Four terms at the cost of one division. REQUIRES: the denominators lie in [1e-6, 4e9], so that the product of four of
// them is a normal float.
template <class T>
SHOAL_FORMULA T AdamIdleTermQuad(T root, T eps, const T* numerators, const T* root_factors) {
  const T x0 = MulAdd(root, root_factors[0], eps);
  const T x1 = MulAdd(root, root_factors[1], eps);
  const T x2 = MulAdd(root, root_factors[2], eps);
  const T x3 = MulAdd(root, root_factors[3], eps);
  const T x01 = x0 * x1;
  const T x23 = x2 * x3;
  const T n01 = MulAdd(numerators[0], x1, numerators[1] * x0);
  const T n23 = MulAdd(numerators[2], x3, numerators[3] * x2);
  return MulAdd(n01, x23, n23 * x01) / (x01 * x23);
}
