// The softmax of one row of logits, in the parts from which losses and gradients come without cancellation.
//
// softmax_c = exps[c] / total, and log(softmax_c) = (x[c] - max) - log1p(rest): both keep their relative precision when
// one logit is far above the others.
//
// Thread safety: free functions on the caller's memory. The same bits on all instruction sets with fused multiply-add.
#ifndef SHOAL_WORKER_LOSSES_SOFTMAX_H_
#define SHOAL_WORKER_LOSSES_SOFTMAX_H_

#include "common/base/host_device.h"

namespace shoal {

struct SoftmaxParts {
  int argmax = 0;  // The first of the highest logits.
  float max = 0;
  double rest = 0;  // Sum of exp(x[c] - max) over all c but argmax.

  SHOAL_HOST_DEVICE double total() const { return 1 + rest; }
};

// exps[c] = exp(x[c] - max), 1 at argmax. `rest` is NaN where a logit is NaN or the highest is
// infinite. `exps` must not overlap `x`.
// REQUIRES: n >= 1.
SoftmaxParts Softmax(const float* x, int n, float* exps);

// Sum of weights[c] * (shift - x[c]).
float WeightedGap(const float* weights, float shift, const float* x, int n);

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_SOFTMAX_H_
