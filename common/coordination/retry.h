// Calls again what failed because the other side could not be reached or did not answer in time. Only for calls that
// the other side recognises when they come twice.
#ifndef SHOAL_COMMON_COORDINATION_RETRY_H_
#define SHOAL_COMMON_COORDINATION_RETRY_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace shoal {

struct RetryPolicy {
  // Time from the first call after which Unavailable is final.
  absl::Duration give_up_after = absl::Seconds(30);
  // The same of DeadlineExceeded: the other side is there, but stopped (Ctrl-Z, a debugger) or very slow.
  absl::Duration give_up_on_silence_after = absl::Hours(1);
  // Pause after the first failure; it doubles with every further one up to `max_pause`.
  absl::Duration first_pause = absl::Milliseconds(20);
  absl::Duration max_pause = absl::Seconds(1);
};

// Where the time comes from and how it passes: the system's clock, or a test's.
class RetryClock {
 public:
  virtual ~RetryClock() = default;
  virtual absl::Time Now() = 0;
  virtual void Sleep(absl::Duration duration) = 0;
  // Thread-safe; lives for ever.
  static RetryClock* System();
};

// Calls `call` until it returns anything but Unavailable and DeadlineExceeded, or until the policy gives up: then the
// last status, with the time that was spent. No call starts after that time.
absl::Status Retry(const RetryPolicy& policy, RetryClock* clock, absl::FunctionRef<absl::Status()> call);

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_RETRY_H_
