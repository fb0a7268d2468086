#include "worker/losses/contrastive.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/losses/loss_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatEq;

LossProblem OnALine(const std::string& options, std::vector<float> outputs, std::vector<int64_t> labels) {
  LossProblem problem;
  problem.config = ParseLoss("contrastive { eps: 0 " + options + " }");
  problem.dim = 1;
  problem.outputs = std::move(outputs);
  problem.labels = std::move(labels);
  return problem;
}

TEST(ContrastiveTest, OnlineTakesAsManyOfTheNearestDifferentPairsAsThereAreSame) {
  // Same: (0, 1), at 3. Different, nearest: (1, 2), at 0.5, costs 1.5^2 / 2.
  const LossResult result = EvaluateLoss(OnALine("margin: 2", {0, 3, 3.5F, 3.75F}, {0, 0, 1, 2}));
  EXPECT_EQ(result.sums.loss_weight(), 2);
  // Nearest of all is (2, 3), at 0.25, which costs 1.75^2 / 2.
  EXPECT_NEAR(result.sums.loss(), 4.5 + 1.75 * 1.75 / 2, 1e-6);
  EXPECT_THAT(result.gradients, ElementsAre(FloatEq(-1.5F), FloatEq(1.5F), FloatEq(0.875F), FloatEq(-0.875F)));
}

TEST(ContrastiveTest, OfEquallyNearPairsTheLowerRowsAreTaken) {
  const LossResult result = EvaluateLoss(OnALine("margin: 2", {0, 0, 1, -1}, {0, 0, 1, 2}));
  EXPECT_EQ(result.sums.loss_weight(), 2);
  EXPECT_THAT(result.gradients, ElementsAre(FloatEq(0.5F), 0, FloatEq(-0.5F), 0));
}

TEST(ContrastiveTest, FewDifferentPairsAreAllTaken) {
  const LossResult result = EvaluateLoss(OnALine("", {0, 1, 2, 2.5F}, {0, 0, 0, 1}));
  EXPECT_EQ(result.sums.loss_weight(), 6);
}

TEST(ContrastiveTest, WithoutASamePairThereIsNoLoss) {
  const LossResult result = EvaluateLoss(OnALine("", {0, 1, 2}, {0, 1, 2}));
  EXPECT_EQ(result.sums.loss_weight(), 0);
  EXPECT_EQ(result.sums.loss(), 0);
  EXPECT_THAT(result.gradients, Each(0.0F));
}

TEST(ContrastiveTest, EqualPointsGiveNoGradient) {
  for (const char* distance : {"EUCLIDEAN", "SQUARED_EUCLIDEAN"}) {
    const LossResult result = EvaluateLoss(OnALine(std::string("distance: ") + distance, {2, 2, 2, 2}, {0, 0, 1, 1}));
    // Two same pairs at no cost, two different ones at margin^2 / 2.
    EXPECT_EQ(result.sums.loss(), 1);
    EXPECT_THAT(result.gradients, Each(0.0F));
  }
}

// Far more candidates than are kept: the store is cut on the way.
TEST(ContrastiveTest, TheNearestOfManyPairsAgreeWithBruteForce) {
  const uint64_t seed = std::random_device()();
  const LossProblem problem = RandomProblem("contrastive { margin: 3 }", 200, 2, 100, seed);
  const std::vector<double> outputs(problem.outputs.begin(), problem.outputs.end());
  const double expected = ReferenceLoss(problem, outputs);
  EXPECT_NEAR(EvaluateLoss(problem).mean(), expected, 1e-5 * expected) << "seed " << seed;
}

TEST(ContrastiveTest, GivenPairsAreTakenAsMarked) {
  LossProblem problem = OnALine("mining: GIVEN margin: 2", {0, 1}, {5, 5});
  problem.tuples = {0, 1, 0};
  EXPECT_NEAR(EvaluateLoss(problem).sums.loss(), 0.5, 1e-9);
  EXPECT_THAT(EvaluateLoss(problem).gradients, ElementsAre(FloatEq(1), FloatEq(-1)));
  problem.tuples = {0, 1, 1};
  EXPECT_THAT(EvaluateLoss(problem).gradients, ElementsAre(FloatEq(-1), FloatEq(1)));
}

TEST(ContrastiveTest, APairThatCannotBeIsAnErrorAndChangesNothing) {
  const LossProblem problem = OnALine("mining: GIVEN", {0, 1}, {0, 0});
  const std::unique_ptr<Loss> loss = ContrastiveLoss::Create(problem.config.contrastive()).value();
  const auto error = [&](const std::vector<int64_t>& tuples) {
    std::vector<float> gradients(2, 42.0F);
    MetricSums sums;
    const LossBatch batch = {problem.outputs, 2, 1, {}, tuples, 0, 2};
    const absl::Status status = loss->Evaluate(batch, absl::MakeSpan(gradients), &sums);
    EXPECT_THAT(gradients, Each(42.0F));
    EXPECT_EQ(sums.examples(), 0u);
    return std::string(status.message());
  };
  EXPECT_EQ(error({0, 1, 1, -1, 0, 1}), "pair 1 names row -1, expected 0 to 1 of the global batch");
  EXPECT_EQ(error({0, 1, 2}), "pair 0 is marked 2, expected 1 (the same) or 0 (different)");
}

TEST(ContrastiveTest, OptionsThatCannotBeAreNamed) {
  Contrastive config;
  config.set_margin(-0.5F);
  EXPECT_EQ(ContrastiveLoss::Create(config).status().message(),
            "contrastive.margin is -0.5, expected a finite number from 0 on");
}

}  // namespace
}  // namespace shoal
