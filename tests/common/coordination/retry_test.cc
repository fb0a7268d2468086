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
  EXPECT_TRUE(Retry({}, &clock, [&] { return ++calls, absl::OkStatus(); }).ok());
  EXPECT_EQ(calls, 1);
}

TEST(RetryTest, OtherErrorsAreNotRetried) {
  FakeRetryClock clock;
  int calls = 0;
  const absl::Status status = Retry({}, &clock, [&] { return ++calls, absl::InvalidArgumentError("rank"); });
  EXPECT_EQ(status, absl::InvalidArgumentError("rank"));
  EXPECT_EQ(calls, 1);
}

TEST(RetryTest, PausesDoubleUpToTheLargest) {
  FakeRetryClock clock;
  int calls = 0;
  const RetryPolicy policy = {.first_pause = absl::Seconds(1), .max_pause = absl::Seconds(3)};
  EXPECT_TRUE(Retry(policy, &clock, [&]() -> absl::Status {
                if (++calls < 5) return absl::UnavailableError("down");
                return absl::OkStatus();
              }).ok());
  EXPECT_THAT(clock.pauses(), ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(3), absl::Seconds(3)));
}

TEST(RetryTest, GivesUpWithTheLastErrorAndTheTimeSpent) {
  FakeRetryClock clock;
  const RetryPolicy policy = {
      .give_up_after = absl::Seconds(10), .first_pause = absl::Seconds(1), .max_pause = absl::Seconds(1)};
  const absl::Status status = Retry(policy, &clock, [&] {
    clock.Advance(absl::Seconds(2));
    return absl::UnavailableError("connection refused");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("connection refused"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("11s"));
}

// The launcher may be stopped for a while.
TEST(RetryTest, SilenceIsBorneForLonger) {
  FakeRetryClock clock;
  const RetryPolicy policy = {.give_up_after = absl::Seconds(30), .give_up_on_silence_after = absl::Minutes(20)};
  const absl::Time start = clock.Now();
  int calls = 0;
  const auto call = [&]() -> absl::Status {
    clock.Advance(absl::Seconds(10));
    ++calls;
    return clock.Now() - start < absl::Minutes(10) ? absl::DeadlineExceededError("no answer") : absl::OkStatus();
  };
  EXPECT_EQ(Retry(policy, &clock, call), absl::OkStatus());
  EXPECT_GT(calls, 50);
  const absl::Status status = Retry(policy, &clock, [&] {
    clock.Advance(absl::Seconds(10));
    return absl::DeadlineExceededError("no answer");
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("given up after 20m"));
}

}  // namespace
}  // namespace shoal
