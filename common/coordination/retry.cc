#include "common/coordination/retry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace shoal {
namespace {

class SystemRetryClock final : public RetryClock {
 public:
  absl::Time Now() override { return absl::Now(); }
  void Sleep(absl::Duration duration) override { absl::SleepFor(duration); }
};

}  // namespace

RetryClock* RetryClock::System() {
  static SystemRetryClock clock;
  return &clock;
}

absl::Status RetryUnavailable(const RetryPolicy& policy, RetryClock* clock, absl::FunctionRef<absl::Status()> call) {
  const absl::Time start = clock->Now();
  absl::Duration pause = policy.first_pause;
  while (true) {
    absl::Status status = call();
    if (!absl::IsUnavailable(status)) return status;
    if (clock->Now() + pause - start > policy.give_up_after) {
      return absl::UnavailableError(
          absl::StrCat(status.message(), " (given up after ", absl::FormatDuration(clock->Now() - start), ")"));
    }
    clock->Sleep(pause);
    pause = std::min(pause * 2, policy.max_pause);
  }
}

}  // namespace shoal
