// Sums over all workers of gradients that lie in a device's memory, bucket by bucket, beside the backward pass that
// still computes others.
//
// Sums are those of Collective::AllReduceSum: in rank order. All workers start buckets of the same sizes in the same
// order, and no other operation of the collective while any is under way.
//
// Thread safety: external; `done` may be called on another thread.
#ifndef SHOAL_WORKER_COLLECTIVE_GRADIENT_SUMS_H_
#define SHOAL_WORKER_COLLECTIVE_GRADIENT_SUMS_H_

#include <cstdint>

#include "worker/collective/collective.h"

namespace shoal {

class GradientSums {
 public:
  virtual ~GradientSums() = default;

  // Buckets that may be started between two calls of Await.
  static constexpr int kMaxBuckets = 64;

  // Replaces `size` floats of the device by their sum over all workers, once what was queued on the device so far is
  // done and beside what is queued later, which does not touch them.
  virtual void Start(float* data, int64_t size) = 0;
  // Calls `done` once, when all that was started is there for what is queued from then on; with the first error, if
  // there was one, which is final.
  virtual void Await(Collective::Done done) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_GRADIENT_SUMS_H_
