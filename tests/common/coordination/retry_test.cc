#include "common/coordination/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_retry_clock.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RetryTest, SuccessIsNotRetried) {
  FakeRetryClock clock;
  int calls = 0;
  EXPECT_TRUE(RetryUnavailable({}, &clock, [&] { return ++calls, absl::OkStatus(); }).ok());
  EXPECT_EQ(calls, 1);
}

TEST(RetryTest, OtherErrorsAreNotRetried) {
  FakeRetryClock clock;
  int calls = 0;
  const absl::Status status = RetryUnavailable({}, &clock, [&] { return ++calls, absl::InvalidArgumentError("rank"); });
  EXPECT_EQ(status, absl::InvalidArgumentError("rank"));
  EXPECT_EQ(calls, 1);
}

TEST(RetryTest, PausesDoubleUpToTheLargest) {
  FakeRetryClock clock;
  int calls = 0;
  const RetryPolicy policy{absl::Seconds(30), absl::Seconds(1), absl::Seconds(3)};
  EXPECT_TRUE(RetryUnavailable(policy, &clock, [&]() -> absl::Status {
                if (++calls < 5) return absl::UnavailableError("down");
                return absl::OkStatus();
              }).ok());
  EXPECT_THAT(clock.pauses(), ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(3), absl::Seconds(3)));
}

TEST(RetryTest, GivesUpWithTheLastErrorAndTheTimeSpent) {
  FakeRetryClock clock;
  const RetryPolicy policy{absl::Seconds(10), absl::Seconds(1), absl::Seconds(1)};
  const absl::Status status = RetryUnavailable(policy, &clock, [&] {
    clock.Advance(absl::Seconds(2));
    return absl::UnavailableError("connection refused");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("connection refused"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("11s"));
}

}  // namespace
}  // namespace shoal
