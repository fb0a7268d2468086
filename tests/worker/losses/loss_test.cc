// What every loss of outputs must hold, on each of them.
#include "worker/losses/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/losses/loss_problem.h"
#include "tests/worker/losses/reference_json.h"
#include "worker/losses/create_loss.h"

namespace shoal {
namespace {

using ::nlohmann::json;
using ::testing::Each;

constexpr uint64_t kSeed = 11;

struct Case {
  std::string config;
  int dim;
  int classes;
};

std::string WeightsFrom(double first, int classes) {
  std::string text;
  for (int c = 0; c < classes; ++c) text += " weight: " + std::to_string(first + 0.25 * c);
  return text;
}

std::vector<Case> Cases() {
  return {
      {"softmax_cross_entropy {}", 10, 10},
      {"softmax_cross_entropy { top_k: 3 }", 37, 37},
      {"softmax_cross_entropy { label_smoothing: 0.1" + WeightsFrom(0.1, 5) + " }", 5, 5},
      {"triplet {}", 2, 4},
      {"triplet { mining: HARDEST margin: 0.3 }", 18, 4},
      {"triplet { mining: RANDOM_HARD }", 3, 4},
      {"triplet { mining: SEMI_HARD distance: SQUARED_EUCLIDEAN margin: 0.7 }", 3, 4},
      {"triplet { mining: GIVEN }", 33, 4},
      {"triplet { mining: HARDEST distance: COSINE margin: 0.2 }", 16, 4},
      {"triplet { soft_margin: true }", 5, 4},
      {"triplet { mining: SEMI_HARD soft_margin: true }", 5, 4},
      {"contrastive {}", 2, 4},
      {"contrastive { distance: COSINE margin: 0.4 }", 17, 4},
      {"contrastive { mining: GIVEN margin: 3 distance: SQUARED_EUCLIDEAN }", 4, 4},
  };
}

class LossTest : public testing::TestWithParam<Case> {
 protected:
  LossProblem Problem(int64_t n = 23) const {
    return RandomProblem(GetParam().config, n, GetParam().dim, GetParam().classes, kSeed);
  }
};

INSTANTIATE_TEST_SUITE_P(Losses, LossTest, testing::ValuesIn(Cases()),
                         [](const auto& info) { return "Case" + std::to_string(info.index); });
std::ostream& operator<<(std::ostream& os, const Case& c) { return os << c.config << " of " << c.dim << " outputs"; }

std::vector<double> Doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

TEST_P(LossTest, TheMeanAgreesWithTheDefinition) {
  const LossProblem problem = Problem();
  const double expected = ReferenceLoss(problem, Doubles(problem.outputs));
  EXPECT_GT(expected, 0);
  EXPECT_NEAR(EvaluateLoss(problem).mean(), expected, 1e-5 * expected) << "seed " << kSeed;
}

TEST_P(LossTest, GradientsAgreeWithFiniteDifferences) {
  const LossProblem problem = Problem();
  const std::vector<float> gradients = EvaluateLoss(problem).gradients;
  ASSERT_EQ(gradients.size(), problem.outputs.size());
  double largest = 0;
  for (const float gradient : gradients) largest = std::max<double>(largest, std::fabs(gradient));
  EXPECT_GT(largest, 0);
  std::vector<double> outputs = Doubles(problem.outputs);
  const double h = 1e-6;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const double value = outputs[i];
    outputs[i] = value + h;
    const double above = ReferenceLoss(problem, outputs);
    outputs[i] = value - h;
    const double below = ReferenceLoss(problem, outputs);
    outputs[i] = value;
    const double expected = (above - below) / (2 * h);
    // Below a hundredth of the largest, rounding of the sum in single precision shows.
    EXPECT_NEAR(gradients[i], expected, 1e-4 * std::max(std::fabs(expected), 1e-2 * largest))
        << "output " << i << ", seed " << kSeed;
  }
}

TEST_P(LossTest, WorkersSharesAddUpToTheWholeBitForBit) {
  const LossProblem problem = Problem();
  const LossResult whole = EvaluateLoss(problem);
  EXPECT_EQ(whole.sums.examples(), 23u);
  for (const int workers : {2, 3, 7, 30}) {
    const LossResult shares = EvaluateLoss(problem, workers);
    EXPECT_EQ(shares.sums.SerializeAsString(), whole.sums.SerializeAsString())
        << workers << " workers: " << shares.sums.DebugString() << "one: " << whole.sums.DebugString();
    EXPECT_EQ(shares.gradients, whole.gradients) << workers << " workers";
  }
}

TEST_P(LossTest, WithoutGradientsTheSumsAreTheSame) {
  const LossProblem problem = Problem();
  EXPECT_EQ(EvaluateLoss(problem, 1, false).sums.SerializeAsString(), EvaluateLoss(problem).sums.SerializeAsString());
}

TEST_P(LossTest, InstructionSetsWithFusedMultiplyAddGiveTheSameBits) {
  const LossProblem problem = Problem();
  std::vector<LossResult> results;
  ForEachInstructionSet([&](const InstructionSet& set) {
    if (set.fuses_multiply_add) results.push_back(EvaluateLoss(problem));
  });
  for (const LossResult& result : results) {
    EXPECT_EQ(result.sums.SerializeAsString(), results[0].sums.SerializeAsString());
    EXPECT_EQ(result.gradients, results[0].gradients);
  }
}

TEST_P(LossTest, ADivergedOutputIsSeen) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    LossProblem problem = Problem();
    // Of a row that every case's loss reads.
    problem.outputs[GetParam().dim * 5] = bad;
    const LossResult result = EvaluateLoss(problem);
    EXPECT_FALSE(std::isfinite(result.sums.loss())) << bad;
    EXPECT_FALSE(std::isfinite(result.gradients[GetParam().dim * 5])) << bad;
  }
}

TEST_P(LossTest, ASingleExampleIsNoError) {
  LossProblem problem = Problem(1);
  problem.labels = {0};
  const LossResult result = EvaluateLoss(problem);
  EXPECT_EQ(result.sums.examples(), 1u);
  EXPECT_TRUE(std::isfinite(result.sums.loss()));
  if (!problem.config.has_softmax_cross_entropy()) {
    EXPECT_EQ(result.sums.loss_weight(), 0);
    EXPECT_THAT(result.gradients, Each(0.0F));
  }
}

// ---- PyTorch -------------------------------------------------------------------------------------------------------

LossProblem ProblemOf(const json& reference) {
  LossProblem problem;
  problem.config = ParseLoss(reference["config"]);
  problem.dim = reference["dim"];
  problem.labels = reference["labels"].get<std::vector<int64_t>>();
  if (!reference["tuples"].is_null()) {
    for (const json& tuple : reference["tuples"]) {
      for (const json& value : tuple) problem.tuples.push_back(value);
    }
  }
  problem.outputs = StartValues(reference["start"]["outputs"]);
  return problem;
}

TEST(LossReferenceTest, ValuesGradientsAndTenStepsAgreeWithPyTorch) {
  const json file = LoadLossReference("losses.json");
  const float learning_rate = file["learning_rate"];
  EXPECT_EQ(file["cases"].size(), 17u);
  for (const json& reference : file["cases"]) {
    SCOPED_TRACE(reference["name"].get<std::string>());
    LossProblem problem = ProblemOf(reference);
    for (int step = 0; step < file["steps"].get<int>(); ++step) {
      const LossResult result = EvaluateLoss(problem);
      if (step == 0) {
        const double expected = reference["loss"];
        EXPECT_NEAR(result.mean(), expected, 1e-5 * expected);
        ExpectNearReference(result.gradients, reference["gradients"]["outputs"]);
      }
      for (size_t i = 0; i < problem.outputs.size(); ++i) problem.outputs[i] -= learning_rate * result.gradients[i];
    }
    ExpectNearReference(problem.outputs, reference["after_steps"]["outputs"]);
  }
}

TEST(CreateLossTest, AMissingLossIsAnError) {
  EXPECT_EQ(CreateLoss(LossConfig(), 2).status().message(),
            "loss is missing: give softmax_cross_entropy, triplet, contrastive or sampled_softmax");
}

}  // namespace
}  // namespace shoal
