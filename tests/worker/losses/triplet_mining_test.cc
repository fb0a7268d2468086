#include "worker/losses/triplet_mining.h"

#include <algorithm>
#include <set>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/losses/loss_problem.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Pairs = std::vector<std::pair<int64_t, int64_t>>;

Pairs Mine(Triplet::Mining mining, const std::vector<int64_t>& labels, const std::vector<float>& distances,
           int64_t step = 1, const TripletCost& cost = {}) {
  Pairs result;
  MineTriplets(mining, {0, labels, distances}, cost, StepRandom(StepRandom::Purpose::kTripletNegatives, 5, step),
               [&](int64_t positive, int64_t negative) { result.emplace_back(positive, negative); });
  return result;
}

// Anchor 0; positives 1 and 2, negatives 3 to 6.
const std::vector<int64_t> kLabels = {4, 4, 4, 9, 9, 8, 8};
const std::vector<float> kDistances = {0, 2, 5, 1, 2.5F, 5.5F, 9};

TEST(MineTripletsTest, AllTakesEveryPositiveWithEveryNegative) {
  EXPECT_THAT(Mine(Triplet::ALL, kLabels, kDistances), ElementsAre(Pair(1, 3), Pair(1, 4), Pair(1, 5), Pair(1, 6),
                                                                   Pair(2, 3), Pair(2, 4), Pair(2, 5), Pair(2, 6)));
}

TEST(MineTripletsTest, HardestTakesTheFurthestPositiveAndTheNearestNegative) {
  EXPECT_THAT(Mine(Triplet::HARDEST, kLabels, kDistances), ElementsAre(Pair(2, 3)));
}

TEST(MineTripletsTest, OfEqualDistancesTheFirstRowIsTaken) {
  EXPECT_THAT(Mine(Triplet::HARDEST, {1, 1, 1, 2, 2}, {0, 3, 3, 1, 1}), ElementsAre(Pair(1, 3)));
  EXPECT_THAT(Mine(Triplet::SEMI_HARD, {1, 1, 2, 2}, {0, 1, 1.5F, 1.5F}), ElementsAre(Pair(1, 2)));
}

TEST(MineTripletsTest, SemiHardTakesTheNearestNegativeBetweenPositiveAndMargin) {
  EXPECT_THAT(Mine(Triplet::SEMI_HARD, kLabels, kDistances), ElementsAre(Pair(1, 4), Pair(2, 5)));
}

TEST(MineTripletsTest, SemiHardLeavesTheEndsOut) {
  EXPECT_THAT(Mine(Triplet::SEMI_HARD, {1, 1, 2, 2, 2}, {0, 2, 1, 2, 3}), IsEmpty());
}

TEST(MineTripletsTest, RandomHardTakesEachNegativeWithALossAtSomeStep) {
  std::set<std::pair<int64_t, int64_t>> seen;
  for (int64_t step = 1; step <= 60; ++step) {
    const Pairs mined = Mine(Triplet::RANDOM_HARD, kLabels, kDistances, step);
    ASSERT_THAT(mined, ElementsAre(Pair(1, testing::_), Pair(2, testing::_)));
    EXPECT_EQ(mined, Mine(Triplet::RANDOM_HARD, kLabels, kDistances, step));
    seen.insert(mined.begin(), mined.end());
  }
  EXPECT_THAT(seen, UnorderedElementsAre(Pair(1, 3), Pair(1, 4), Pair(2, 3), Pair(2, 4), Pair(2, 5)));
}

TEST(MineTripletsTest, RandomHardTakesNoneWhereNoneHasALoss) {
  EXPECT_THAT(Mine(Triplet::RANDOM_HARD, {1, 1, 2}, {0, 1, 3}), IsEmpty());
  EXPECT_THAT(Mine(Triplet::RANDOM_HARD, {1, 1, 2}, {0, 1, 3}, 1, {1, true}), ElementsAre(Pair(1, 2)));
}

TEST(MineTripletsTest, WithoutPositiveOrNegativeThereAreNone) {
  for (const Triplet::Mining mining : {Triplet::ALL, Triplet::HARDEST, Triplet::RANDOM_HARD, Triplet::SEMI_HARD}) {
    EXPECT_THAT(Mine(mining, {1, 1, 1}, {0, 1, 2}), IsEmpty()) << mining;
    EXPECT_THAT(Mine(mining, {1, 2, 3}, {0, 1, 2}), IsEmpty()) << mining;
    EXPECT_THAT(Mine(mining, {1}, {0}), IsEmpty()) << mining;
  }
}

TEST(TripletCostTest, SoftMarginNeitherOverflowsNorLosesItsTail) {
  const TripletCost cost = {0, true};
  EXPECT_EQ(cost.Value(1000), 1000);
  EXPECT_EQ(cost.Derivative(1000), 1);
  EXPECT_NEAR(cost.Value(-40), std::exp(-40.0), 1e-30);
  EXPECT_EQ(cost.Derivative(-1000), 0);
  EXPECT_NEAR(cost.Value(0), std::log(2), 1e-15);
  EXPECT_EQ(cost.Derivative(0), 0.5);
}

}  // namespace
}  // namespace shoal
