#include "worker/losses/triplet.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/losses/loss_problem.h"
#include "worker/metrics/nonzero_triplets.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr char kMinings[][16] = {"ALL", "HARDEST", "RANDOM_HARD", "SEMI_HARD"};

// Triplets that count and those that are not zero, from the definitions.
std::pair<uint64_t, uint64_t> Counts(const LossProblem& problem) {
  const std::vector<double> outputs(problem.outputs.begin(), problem.outputs.end());
  const double margin = problem.config.triplet().margin();
  const bool random = problem.config.triplet().mining() == Triplet::RANDOM_HARD;
  uint64_t all = 0;
  uint64_t nonzero = 0;
  for (const ReferenceTriplet& triplet : CandidateTriplets(problem, outputs)) {
    const double to_positive = ReferenceDistance(problem, outputs, triplet.anchor, triplet.positive);
    const size_t taken = random ? std::min<size_t>(1, triplet.negatives.size()) : triplet.negatives.size();
    all += taken;
    // Of RANDOM_HARD's, all candidates have a loss.
    for (size_t i = 0; i < taken; ++i) {
      nonzero += to_positive + margin > ReferenceDistance(problem, outputs, triplet.anchor, triplet.negatives[i]);
    }
  }
  return {all, nonzero};
}

TEST(TripletTest, CountsAgreeWithBruteForce) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  for (const char* mining : kMinings) {
    for (const char* distance : {"EUCLIDEAN", "SQUARED_EUCLIDEAN", "COSINE"}) {
      const LossProblem problem = RandomProblem(
          std::string("triplet { margin: 0.5 mining: ") + mining + " distance: " + distance + " }", 40, 2, 5, seed);
      const LossResult result = EvaluateLoss(problem);
      const auto [triplets, nonzero] = Counts(problem);
      EXPECT_THAT(FindMetric(result.sums, NonzeroTriplets::kName), ElementsAre(nonzero, triplets))
          << mining << ", " << distance;
      EXPECT_EQ(result.sums.loss_weight(), static_cast<double>(nonzero)) << mining << ", " << distance;
    }
  }
}

TEST(TripletTest, OneLabelAloneHasNeitherLossNorGradient) {
  for (const char* mining : kMinings) {
    const LossResult result =
        EvaluateLoss(RandomProblem(std::string("triplet { mining: ") + mining + " }", 9, 3, 1, 1));
    EXPECT_THAT(FindMetric(result.sums, NonzeroTriplets::kName), ElementsAre(0, 0));
    EXPECT_EQ(result.sums.loss(), 0);
    EXPECT_THAT(result.gradients, Each(0.0F));
  }
}

TEST(TripletTest, TripletsBeyondTheMarginAreCountedAndCostNothing) {
  LossProblem problem = RandomProblem("triplet {}", 4, 1, 1, 1);
  problem.labels = {0, 0, 1, 1};
  problem.outputs = {0, 0.5F, 10, 10.5F};
  const LossResult result = EvaluateLoss(problem);
  EXPECT_THAT(FindMetric(result.sums, NonzeroTriplets::kName), ElementsAre(0, 8));
  EXPECT_EQ(result.sums.loss(), 0);
  EXPECT_THAT(result.gradients, Each(0.0F));
}

TEST(TripletTest, EqualPointsAndZeroVectorsGiveFiniteGradients) {
  for (const char* mining : kMinings) {
    for (const char* distance : {"EUCLIDEAN eps: 0", "EUCLIDEAN", "SQUARED_EUCLIDEAN", "COSINE"}) {
      LossProblem problem =
          RandomProblem(std::string("triplet { mining: ") + mining + " distance: " + distance + " }", 12, 3, 3, 1);
      std::fill(problem.outputs.begin(), problem.outputs.begin() + 18, 0.0F);
      std::fill(problem.outputs.begin() + 18, problem.outputs.end(), 0.25F);
      const LossResult result = EvaluateLoss(problem);
      EXPECT_TRUE(std::isfinite(result.sums.loss())) << mining << ", " << distance;
      for (const float gradient : result.gradients) EXPECT_TRUE(std::isfinite(gradient)) << mining << ", " << distance;
    }
  }
}

TEST(TripletTest, TheStepChangesRandomNegativesAlone) {
  for (const char* mining : kMinings) {
    LossProblem problem = RandomProblem(std::string("triplet { mining: ") + mining + " }", 30, 2, 4, 1);
    const std::vector<float> first = EvaluateLoss(problem).gradients;
    problem.step = 2;
    EXPECT_EQ(EvaluateLoss(problem).gradients != first, std::string(mining) == "RANDOM_HARD") << mining;
  }
}

TEST(TripletTest, AGivenRowOutsideTheBatchIsAnErrorAndChangesNothing) {
  const LossProblem problem = RandomProblem("triplet { mining: GIVEN }", 4, 2, 2, 1);
  const std::unique_ptr<Loss> loss = TripletLoss::Create(problem.config.triplet()).value();
  const std::vector<int64_t> tuples = {0, 1, 2, 3, 4, 0};
  std::vector<float> gradients(8, 42.0F);
  MetricSums sums;
  const LossBatch batch = {problem.outputs, 4, 2, {}, tuples, 0, 4};
  EXPECT_EQ(loss->Evaluate(batch, absl::MakeSpan(gradients), &sums),
            absl::InvalidArgumentError("triplet 1 names row 4, expected 0 to 3 of the global batch"));
  EXPECT_THAT(gradients, Each(42.0F));
  EXPECT_EQ(sums.examples(), 0u);
}

TEST(TripletTest, OptionsThatCannotBeAreNamed) {
  const auto error = [](const std::string& options) {
    return std::string(TripletLoss::Create(ParseLoss("triplet { " + options + " }").triplet()).status().message());
  };
  EXPECT_EQ(error("margin: -1"), "triplet.margin is -1, expected a finite number from 0 on");
  EXPECT_EQ(error("eps: nan"), "triplet.eps is nan, expected a finite number from 0 on");
}

}  // namespace
}  // namespace shoal
