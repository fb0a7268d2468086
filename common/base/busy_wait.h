// Waiting without sleeping, for what usually comes within a step: on a processor that has gone idle a thread wakes up
// 30 to 50 microseconds late, more than some of the work that it waits for takes.
#ifndef SHOAL_COMMON_BASE_BUSY_WAIT_H_
#define SHOAL_COMMON_BASE_BUSY_WAIT_H_

#include <chrono>
#include <thread>

#include "absl/time/time.h"

namespace shoal {

// Calls `poll` until it returns true, for at most `limit`, and lets other threads run in between. Whether it did return
// true; with a limit of zero it is not called. `now`: a clock for tests.
template <class Poll, class Clock = decltype(&std::chrono::steady_clock::now)>
bool BusyWait(absl::Duration limit, const Poll& poll, const Clock& now = &std::chrono::steady_clock::now) {
  if (limit <= absl::ZeroDuration()) return false;
  const auto start = now();
  while (!poll()) {
    // So compared, an infinite limit does not overflow.
    if (now() - start >= absl::ToChronoNanoseconds(limit)) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_BUSY_WAIT_H_
