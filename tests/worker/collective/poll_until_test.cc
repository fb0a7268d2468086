#include "worker/collective/poll_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_retry_clock.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;

class PollUntilTest : public testing::Test {
 protected:
  // Each question takes 10 us; the answer is true from the given one on.
  absl::Status PollFor(int questions, absl::Duration timeout) {
    return PollUntil(clock_.Now() + timeout, &clock_, [this, questions]() -> absl::StatusOr<bool> {
      clock_.Advance(absl::Microseconds(10));
      return ++asked_ >= questions;
    });
  }

  FakeRetryClock clock_;
  int asked_ = 0;
};

TEST_F(PollUntilTest, ShortWaitsHaveNoPause) {
  EXPECT_TRUE(PollFor(10, absl::Seconds(1)).ok());
  EXPECT_EQ(asked_, 10);
  EXPECT_THAT(clock_.pauses(), IsEmpty());
}

TEST_F(PollUntilTest, LongWaitsLeaveTheCoreToOthers) {
  EXPECT_TRUE(PollFor(1000, absl::Seconds(1)).ok());
  EXPECT_THAT(clock_.pauses(), Each(kPollPause));
  EXPECT_GT(clock_.pauses().size(), 900u);
}

TEST_F(PollUntilTest, TheTimeIsUpEvenIfNothingIsEverDone) {
  const absl::Time start = clock_.Now();
  EXPECT_EQ(PollFor(1 << 30, absl::Milliseconds(20)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(clock_.Now() - start, absl::Milliseconds(20));
  EXPECT_LT(clock_.Now() - start, absl::Milliseconds(21));
}

TEST_F(PollUntilTest, WhatIsDoneCountsAfterTheDeadlineToo) { EXPECT_TRUE(PollFor(1, absl::Seconds(-1)).ok()); }

TEST_F(PollUntilTest, AnErrorEndsTheWait) {
  const absl::Status error = absl::UnavailableError("a worker has gone");
  const absl::Status status = PollUntil(absl::InfiniteFuture(), &clock_, [&]() -> absl::StatusOr<bool> {
    if (++asked_ == 3) return error;
    return false;
  });
  EXPECT_EQ(status, error);
}

}  // namespace
}  // namespace shoal
