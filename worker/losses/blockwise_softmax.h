// The highest logit of a row and its softmax, from logits that come block by block: more classes than memory has room
// for.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_LOSSES_BLOCKWISE_SOFTMAX_H_
#define SHOAL_WORKER_LOSSES_BLOCKWISE_SOFTMAX_H_

#include <cmath>
#include <cstdint>
#include <limits>

#include "worker/losses/softmax.h"

namespace shoal {

class BlockwiseSoftmax {
 public:
  // The logits of the classes from `first_class` on, in the parts that Softmax makes of them.
  void Add(int64_t first_class, const SoftmaxParts& parts) {
    if (parts.max > max_) {
      argmax_ = first_class + parts.argmax;
      total_ = total_ * std::exp(static_cast<double>(max_) - parts.max) + parts.total();
      max_ = parts.max;
    } else {
      total_ += parts.total() * std::exp(static_cast<double>(parts.max) - max_);
    }
  }

  // The first of the classes with the highest logit.
  int64_t argmax() const { return argmax_; }
  // Its softmax. NaN where a logit was NaN or the highest infinite. REQUIRES: Add has been called.
  double probability() const { return 1 / total_; }

 private:
  int64_t argmax_ = 0;
  float max_ = -std::numeric_limits<float>::infinity();
  double total_ = 0;  // Sum of exp(x[c] - max_).
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_BLOCKWISE_SOFTMAX_H_
