// Waits for what can only be asked about: a GPU's or a network's progress.
#ifndef SHOAL_WORKER_COLLECTIVE_POLL_UNTIL_H_
#define SHOAL_WORKER_COLLECTIVE_POLL_UNTIL_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/coordination/retry.h"

namespace shoal {

// Asks until the answer is true, an error, which is returned, or the time is up: DeadlineExceeded. Asks at once and
// without a pause at first, since most waits are short, then with pauses of kPollPause, which leave the core to others.
absl::Status PollUntil(absl::Time deadline, RetryClock* clock, absl::FunctionRef<absl::StatusOr<bool>()> is_done);

inline constexpr absl::Duration kPollWithoutPause = absl::Microseconds(200);
inline constexpr absl::Duration kPollPause = absl::Microseconds(50);

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_POLL_UNTIL_H_
