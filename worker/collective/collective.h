// What workers compute together: sums of their dense gradients, and all their outputs side by side.
//
// All workers call the same operations in the same order with the same sizes. One operation at a time: the next starts
// once the last has called `done`. `done` is called exactly once, inside the call or on another thread; the memory of
// the operation must stay until then. An error is final: it names operation, rank and cause, the memory holds anything,
// and every later operation fails with it.
//
// Destruction ends a running operation with Cancelled and waits for no other worker. It must not happen in `done`.
//
// Invariant: AllReduceSum adds in rank order, ((x0 + x1) + x2) + ..., as floats, whatever the implementation. So the
// bits are the same on every worker and in every run. Two NaNs that meet become some NaN, the same on every worker.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_COLLECTIVE_COLLECTIVE_H_
#define SHOAL_WORKER_COLLECTIVE_COLLECTIVE_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/types/span.h"

namespace shoal {

class Collective {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  virtual ~Collective() = default;

  // This worker, from 0, and the number of workers.
  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Replaces `data` by the sum over all workers, elementwise. REQUIRES: at most 2^31 - 1 floats.
  virtual void AllReduceSum(absl::Span<float> data, Done done) = 0;

  // Puts every worker's floats one after the other into `all`, in rank order; counts[r] of them come from worker r.
  // `mine` may be the part of `all` that it goes to, and must not overlap it otherwise. Counts are the same on all
  // workers and are read before the call returns.
  // REQUIRES: counts.size() == size(), mine.size() == counts[rank()], all.size() == sum of counts.
  virtual void AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                         Done done) = 0;

  // The others will not take what they have been sent: destruction, which follows, leaves it at that.
  virtual void Abandon() {}
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_COLLECTIVE_H_
