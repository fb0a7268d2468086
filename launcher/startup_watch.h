// Says when processes have had long enough to be ready: at the start, and whenever workers come together anew.
//
// No clock of its own: the time comes in.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_STARTUP_WATCH_H_
#define SHOAL_LAUNCHER_STARTUP_WATCH_H_

#include "absl/time/time.h"

namespace shoal {

class StartupWatch {
 public:
  // All have `timeout` from when the last of them was started, or left the others.
  explicit StartupWatch(absl::Duration timeout) : timeout_(timeout) {}

  void OnStarted(absl::Time now) { due_ = now + timeout_; }
  // Whether all are there now.
  void Update(absl::Time now, bool ready) {
    if (ready) {
      due_ = absl::InfiniteFuture();
    } else if (this->ready()) {
      due_ = now + timeout_;
    }
  }

  bool ready() const { return due_ == absl::InfiniteFuture(); }
  // When they must be ready at the latest; InfiniteFuture: they are.
  absl::Time due() const { return due_; }

 private:
  const absl::Duration timeout_;
  absl::Time due_ = absl::InfiniteFuture();
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_STARTUP_WATCH_H_
