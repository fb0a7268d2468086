#include "launcher/absence_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AbsenceWatchTest : public testing::Test {
 protected:
  std::vector<int> After(int seconds, uint32_t incarnation, std::vector<int> absent) {
    return watch_.TakeOverdue(absl::UnixEpoch() + absl::Seconds(seconds), incarnation, std::move(absent));
  }

  AbsenceWatch watch_{absl::Seconds(60)};
};

TEST_F(AbsenceWatchTest, WhoMissesForTooLongIsTakenOnce) {
  EXPECT_THAT(After(0, 2, {1, 2}), IsEmpty());
  EXPECT_EQ(watch_.due(), absl::UnixEpoch() + absl::Seconds(60));
  EXPECT_THAT(After(59, 2, {2}), IsEmpty());
  EXPECT_THAT(After(60, 2, {2}), ElementsAre(2));
  EXPECT_EQ(watch_.due(), absl::InfiniteFuture());
  EXPECT_THAT(After(200, 2, {2}), IsEmpty());
}

TEST_F(AbsenceWatchTest, EachIncarnationHasItsTime) {
  After(0, 2, {1});
  EXPECT_THAT(After(59, 3, {1}), IsEmpty());
  EXPECT_THAT(After(118, 3, {1}), IsEmpty());
  EXPECT_THAT(After(119, 3, {1}), ElementsAre(1));
}

TEST_F(AbsenceWatchTest, WhoHasComeIsNotTaken) {
  After(0, 2, {1});
  EXPECT_THAT(After(30, 2, {}), IsEmpty());
  EXPECT_EQ(watch_.due(), absl::InfiniteFuture());
  EXPECT_THAT(After(100, 2, {}), IsEmpty());
}

TEST_F(AbsenceWatchTest, ACallerThatStoodStillTakesNobody) {
  After(0, 2, {1});
  EXPECT_THAT(After(1000, 2, {1}), IsEmpty());
  EXPECT_THAT(After(1059, 2, {1}), IsEmpty());
  EXPECT_THAT(After(1060, 2, {1}), ElementsAre(1));
}

}  // namespace
}  // namespace shoal
