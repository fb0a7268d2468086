// The time for durations and deadlines: neither time servers nor people set this clock, and it never goes back. It says
// nothing of the day.
//
// Thread safety: safe.
#ifndef SHOAL_COMMON_BASE_STEADY_NOW_H_
#define SHOAL_COMMON_BASE_STEADY_NOW_H_

#include <chrono>

#include "absl/time/time.h"

namespace shoal {

inline absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_STEADY_NOW_H_
