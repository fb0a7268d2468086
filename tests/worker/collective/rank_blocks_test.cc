#include "worker/collective/rank_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace shoal {
namespace {

using ::testing::ElementsAre;

TEST(RankBlocksTest, BlocksAreWholeCacheLinesButForTheLast) {
  EXPECT_THAT(RankBlockSizes(100, 3), ElementsAre(32, 32, 36));
  EXPECT_THAT(RankBlockSizes(64, 4), ElementsAre(16, 16, 16, 16));
  EXPECT_THAT(RankBlockSizes(15, 2), ElementsAre(0, 15));
  EXPECT_THAT(RankBlockSizes(0, 2), ElementsAre(0, 0));
}

TEST(RankBlocksTest, BlocksAddUpToTheWhole) {
  for (int ranks = 1; ranks <= 9; ++ranks) {
    for (const int64_t n : {int64_t{1}, int64_t{17}, int64_t{269322}, (int64_t{1} << 31) - 1}) {
      const std::vector<int64_t> sizes = RankBlockSizes(n, ranks);
      EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}), n) << ranks << " ranks";
      // The last takes what is left of the others' cache lines.
      EXPECT_LE(sizes.back(), n / ranks + 16 + 1);
    }
  }
}

TEST(RankBlocksTest, PartsLieOneBehindTheOther) {
  float all[6] = {};
  const std::vector<RankMessage> parts = RankParts({2, 0, 4}, all);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].floats, all + 2);
  EXPECT_EQ(parts[2].floats, all + 2);
  EXPECT_EQ(parts[2].size, 4);
  EXPECT_EQ(parts[2].peer, 2);
}

TEST(RankBlocksTest, TheSameFloatsGoToAllOthers) {
  float floats[3] = {};
  const std::vector<RankMessage> messages = WithoutRank(ToAllRanks({1, floats, 3}, 3), /*rank=*/1);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].peer, 0);
  EXPECT_EQ(messages[1].peer, 2);
  EXPECT_EQ(messages[1].floats, floats);
  EXPECT_EQ(messages[1].size, 3);
}

}  // namespace
}  // namespace shoal
