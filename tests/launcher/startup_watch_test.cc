#include "launcher/startup_watch.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

absl::Time At(double seconds) { return absl::FromUnixSeconds(1000) + absl::Seconds(seconds); }

class StartupWatchTest : public testing::Test {
 protected:
  StartupWatch watch_{absl::Minutes(1)};
};

TEST_F(StartupWatchTest, AllHaveTheirTimeFromTheStartOfTheLastOne) {
  watch_.OnStarted(At(0));
  watch_.OnStarted(At(5));
  for (const int second : {6, 30, 70}) {
    watch_.Update(At(second), /*ready=*/false);
    EXPECT_FALSE(watch_.ready());
    EXPECT_EQ(watch_.due(), At(65)) << second;
  }
}

TEST_F(StartupWatchTest, WhoIsReadyHasNoDeadline) {
  watch_.OnStarted(At(0));
  watch_.Update(At(10), /*ready=*/true);
  EXPECT_TRUE(watch_.ready());
  EXPECT_EQ(watch_.due(), absl::InfiniteFuture());
}

TEST_F(StartupWatchTest, WorkersThatLeaveEachOtherHaveTheirTimeAnewHoweverLongTheyHaveTrained) {
  watch_.OnStarted(At(0));
  watch_.Update(At(10), /*ready=*/true);
  for (const int second : {5000, 5010}) {
    watch_.Update(At(second), /*ready=*/false);
    EXPECT_FALSE(watch_.ready());
    EXPECT_EQ(watch_.due(), At(5060));
  }
  watch_.Update(At(5020), /*ready=*/true);
  EXPECT_TRUE(watch_.ready());
}

TEST_F(StartupWatchTest, AProcessThatIsStartedAnewHasItsTime) {
  watch_.OnStarted(At(0));
  watch_.Update(At(10), /*ready=*/true);
  watch_.OnStarted(At(100));
  EXPECT_FALSE(watch_.ready());
  watch_.Update(At(101), /*ready=*/false);
  EXPECT_EQ(watch_.due(), At(160));
}

}  // namespace
}  // namespace shoal
