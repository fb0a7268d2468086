// Waiting without sleeping, for what usually comes within a step: on a processor that has gone idle a thread wakes up
// 30 to 50 microseconds late, more than some of the work that it waits for takes.
#ifndef SHOAL_COMMON_BASE_BUSY_WAIT_H_
#define SHOAL_COMMON_BASE_BUSY_WAIT_H_

#include <chrono>
#include <thread>

#include "absl/time/time.h"

namespace shoal {

// Calls `poll` until it returns true, for at most `limit`, and lets other threads run in between. Whether it did return
// true; with a limit of zero it is not called.
template <class Poll>
bool BusyWait(absl::Duration limit, const Poll& poll) {
  if (limit <= absl::ZeroDuration()) return false;
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
  while (!poll()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_BUSY_WAIT_H_
