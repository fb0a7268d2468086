#include "common/coordination/retry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "common/base/steady_now.h"

namespace shoal {
namespace {

class SystemRetryClock final : public RetryClock {
 public:
  absl::Time Now() override { return SteadyNow(); }
  void Sleep(absl::Duration duration) override { absl::SleepFor(duration); }
};

// For how long the failure is worth another call; none where it is final.
absl::optional<absl::Duration> Patience(const RetryPolicy& policy, const absl::Status& status) {
  if (absl::IsUnavailable(status)) return policy.give_up_after;
  if (absl::IsDeadlineExceeded(status)) return policy.give_up_on_silence_after;
  return absl::nullopt;
}

}  // namespace

RetryClock* RetryClock::System() {
  static SystemRetryClock clock;
  return &clock;
}

absl::Status Retry(const RetryPolicy& policy, RetryClock* clock, absl::FunctionRef<absl::Status()> call) {
  const absl::Time start = clock->Now();
  absl::Duration pause = policy.first_pause;
  while (true) {
    absl::Status status = call();
    const absl::optional<absl::Duration> patience = Patience(policy, status);
    if (!patience.has_value()) return status;
    if (clock->Now() + pause - start > *patience) {
      return absl::Status(status.code(), absl::StrCat(status.message(), " (given up after ",
                                                      absl::FormatDuration(clock->Now() - start), ")"));
    }
    clock->Sleep(pause);
    pause = std::min(pause * 2, policy.max_pause);
  }
}

}  // namespace shoal
