#include "common/base/busy_wait.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace shoal {
namespace {

// Time passes only where a poll says so.
class BusyWaitTest : public testing::Test {
 protected:
  bool Wait(absl::Duration limit, const std::function<bool()>& poll) {
    const auto counted = [&] {
      ++polls_;
      return poll();
    };
    return BusyWait(limit, counted, [this] { return now_; });
  }
  void Pass(absl::Duration time) { now_ += absl::ToChronoNanoseconds(time); }

  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  int polls_ = 0;
};

TEST_F(BusyWaitTest, EndsWithThePollThatReturnsTrue) {
  EXPECT_TRUE(Wait(absl::Microseconds(30), [this] { return polls_ == 3; }));
  EXPECT_EQ(polls_, 3);
}

TEST_F(BusyWaitTest, GivesUpWithThePollThatReachesTheLimit) {
  EXPECT_FALSE(Wait(absl::Microseconds(30), [this] {
    Pass(absl::Microseconds(10));
    return false;
  }));
  EXPECT_EQ(polls_, 3);
}

TEST_F(BusyWaitTest, APollThatReturnsTrueCountsHoweverLate) {
  EXPECT_TRUE(Wait(absl::Nanoseconds(1), [this] {
    Pass(absl::Hours(1));
    return true;
  }));
  EXPECT_EQ(polls_, 1);
}

TEST_F(BusyWaitTest, WithoutALimitAboveZeroNothingIsPolled) {
  for (const absl::Duration limit : {absl::ZeroDuration(), absl::Seconds(-1), -absl::InfiniteDuration()}) {
    EXPECT_FALSE(Wait(limit, [] { return true; }));
  }
  EXPECT_EQ(polls_, 0);
}

TEST_F(BusyWaitTest, AnInfiniteLimitIsNeverReached) {
  EXPECT_TRUE(Wait(absl::InfiniteDuration(), [this] {
    Pass(absl::Hours(1));
    return polls_ == 100;
  }));
}

TEST(BusyWaitOnTheSteadyClockTest, GivesUp) {
  EXPECT_FALSE(BusyWait(absl::Microseconds(50), [] { return false; }));
}

}  // namespace
}  // namespace shoal
