// The collective of a job's only worker: its sums are its own data. `done` is called inside the call.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_COLLECTIVE_LOCAL_COLLECTIVE_H_
#define SHOAL_WORKER_COLLECTIVE_LOCAL_COLLECTIVE_H_

#include "worker/collective/collective.h"

namespace shoal {

class LocalCollective final : public Collective {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void AllReduceSum(absl::Span<float> data, Done done) override;
  void AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                 Done done) override;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_LOCAL_COLLECTIVE_H_
