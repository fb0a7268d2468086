// What one thread waits for and another one, or the same, brings about.
//
// Thread safety: Raise on any thread; one thread awaits.
#ifndef SHOAL_WORKER_SIGNAL_H_
#define SHOAL_WORKER_SIGNAL_H_

#include <atomic>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/busy_wait.h"

namespace shoal {

class Signal {
 public:
  // Awaiting goes on for `busy_wait` before it sleeps.
  explicit Signal(absl::Duration busy_wait = absl::ZeroDuration()) : busy_wait_(busy_wait) {}

  void Raise() {
    absl::MutexLock lock(&mutex_);
    raised_ = true;
  }
  // Waits until the signal is raised, and lowers it.
  void Await() {
    BusyWait(busy_wait_, [this] { return IsRaised(); });
    // In any case: who raised the signal must have let go of it.
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Signal::IsRaised));
    raised_ = false;
  }

 private:
  bool IsRaised() const { return raised_; }

  const absl::Duration busy_wait_;
  absl::Mutex mutex_;
  std::atomic<bool> raised_ = false;  // Set under the mutex, read without it too.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_SIGNAL_H_
