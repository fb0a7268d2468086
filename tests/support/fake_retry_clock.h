// A clock that a test sets, on which pauses take no time; it notes them.
#ifndef SHOAL_TESTS_SUPPORT_FAKE_RETRY_CLOCK_H_
#define SHOAL_TESTS_SUPPORT_FAKE_RETRY_CLOCK_H_

#include <vector>

#include "absl/time/time.h"
#include "common/coordination/retry.h"

namespace shoal {

class FakeRetryClock final : public RetryClock {
 public:
  absl::Time Now() override { return now_; }
  void Sleep(absl::Duration duration) override {
    pauses_.push_back(duration);
    now_ += duration;
  }
  void Advance(absl::Duration duration) { now_ += duration; }
  const std::vector<absl::Duration>& pauses() const { return pauses_; }

 private:
  absl::Time now_ = absl::UnixEpoch();
  std::vector<absl::Duration> pauses_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_FAKE_RETRY_CLOCK_H_
