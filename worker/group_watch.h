// Asks the coordinator now and then whether a worker's group still trains. A worker that waits for rows, or for another
// one's share of a sum, may not see that one of the others is no more.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_GROUP_WATCH_H_
#define SHOAL_WORKER_GROUP_WATCH_H_

#include <cstdint>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/coordination/coordinator_link.h"

namespace shoal {

class GroupWatch {
 public:
  // Calls `on_change` once, on a thread of its own, with an error that says so, as soon as the coordinator has said
  // that the incarnation is over; never, where it cannot be asked. `link` outlives the watch.
  GroupWatch(CoordinatorLink* link, int rank, uint32_t incarnation, absl::Duration period,
             std::function<void(absl::Status)> on_change);
  // `on_change` is not called any more.
  ~GroupWatch();

 private:
  void Run();
  // Waits for the period; false: the watch ends.
  bool WaitForNext() ABSL_LOCKS_EXCLUDED(mutex_);

  CoordinatorLink* const link_;
  const int rank_;
  const uint32_t incarnation_;
  const absl::Duration period_;
  const std::function<void(absl::Status)> on_change_;
  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_GROUP_WATCH_H_
