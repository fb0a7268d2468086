// Notices workers that do not come back to a group that is formed anew: they are there, and the others wait for them.
//
// No clock of its own: the time comes in.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_ABSENCE_WATCH_H_
#define SHOAL_LAUNCHER_ABSENCE_WATCH_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace shoal {

class AbsenceWatch {
 public:
  // How long a worker may take.
  explicit AbsenceWatch(absl::Duration limit) : limit_(limit) {}

  // `absent`: ranks that miss in the group of that incarnation. Returned are those that have missed for too long, once
  // an incarnation. A call that comes far too late begins anew: then it was the caller who stood still.
  std::vector<int> TakeOverdue(absl::Time now, uint32_t incarnation, std::vector<int> absent) {
    if (absent.empty()) {
      due_ = absl::InfiniteFuture();
      incarnation_ = 0;
      return {};
    }
    if (std::exchange(incarnation_, incarnation) != incarnation || now > due_ + limit_ / 2) due_ = now + limit_;
    if (now < due_) return {};
    due_ = absl::InfiniteFuture();
    return absent;
  }

  // When TakeOverdue must be called at the latest.
  absl::Time due() const { return due_; }

 private:
  const absl::Duration limit_;
  uint32_t incarnation_ = 0;  // 0: nobody misses.
  absl::Time due_ = absl::InfiniteFuture();
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_ABSENCE_WATCH_H_
