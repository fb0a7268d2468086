#include "launcher/silence_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time At(double seconds) { return absl::FromUnixSeconds(1000) + absl::Seconds(seconds); }

class SilenceWatchTest : public testing::Test {
 protected:
  std::vector<int> SilentAt(double seconds) { return watch_.TakeSilent(At(seconds), workers_); }

  SilenceWatch watch_{absl::Minutes(1)};
  std::vector<WorkerProgress> workers_{3};
};

TEST_F(SilenceWatchTest, AWorkerIsSilentOnceAfterAMinuteAndAgainAfterAReport) {
  EXPECT_THAT(SilentAt(0), IsEmpty());
  for (const int second : {20, 40, 60, 80, 100}) {
    for (const int rank : {0, 2}) ++workers_[rank].reports;
    EXPECT_EQ(SilentAt(second), second == 60 ? std::vector<int>{1} : std::vector<int>()) << second;
  }
  for (WorkerProgress& worker : workers_) ++worker.reports;
  EXPECT_THAT(SilentAt(110), IsEmpty());
  EXPECT_EQ(watch_.due(), At(170));
  for (const int rank : {0, 2}) ++workers_[rank].reports;
  EXPECT_THAT(SilentAt(169), IsEmpty());
  EXPECT_THAT(SilentAt(170), ElementsAre(1));
  EXPECT_EQ(watch_.due(), At(229));
}

TEST_F(SilenceWatchTest, WhoWaitsForASilentWorkerIsToldOfWithIt) {
  SilentAt(0);
  workers_[0].reports = 1;
  SilentAt(1);
  workers_[2].reports = 1;
  SilentAt(30);
  EXPECT_THAT(SilentAt(60), ElementsAre(0, 1));
  EXPECT_THAT(SilentAt(61), IsEmpty());
}

TEST_F(SilenceWatchTest, AWorkerThatHasFinishedIsNotWatched) {
  SilentAt(0);
  for (WorkerProgress& worker : workers_) worker.has_finished = true;
  EXPECT_THAT(SilentAt(60), IsEmpty());
  EXPECT_EQ(watch_.due(), absl::InfiniteFuture());
}

TEST_F(SilenceWatchTest, ALauncherThatStoodStillBlamesNobody) {
  SilentAt(0);
  EXPECT_THAT(SilentAt(1000), IsEmpty());
  EXPECT_THAT(SilentAt(1060), ElementsAre(0, 1, 2));
}

TEST(DescribeSilenceTest, SaysWhoAndSinceWhen) {
  EXPECT_EQ(DescribeSilence({0, 2}, std::vector<WorkerProgress>{{7, 120, false}, {}, {}}, absl::Minutes(1), "run/logs"),
            "no progress report for 60 s from worker 0 (the last at step 120), worker 2 (none so far: it may be "
            "reading data or "
            "rows): stuck, at a long step, saving a checkpoint, or waiting for another process that is; the logs are "
            "in run/logs");
}

}  // namespace
}  // namespace shoal
