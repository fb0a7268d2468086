#include "worker/collective/poll_until.h"

#include "common/base/status_macros.h"

namespace shoal {

absl::Status PollUntil(absl::Time deadline, RetryClock* clock, absl::FunctionRef<absl::StatusOr<bool>()> is_done) {
  const absl::Time start = clock->Now();
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool done, is_done());
    if (done) return absl::OkStatus();
    const absl::Time now = clock->Now();
    if (now >= deadline) return absl::DeadlineExceededError("it has not come to an end in time");
    if (now - start >= kPollWithoutPause) clock->Sleep(kPollPause);
  }
}

}  // namespace shoal
