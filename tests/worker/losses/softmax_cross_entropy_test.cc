#include "worker/losses/softmax_cross_entropy.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/losses/loss_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

LossProblem MakeProblem(const std::string& options, std::vector<float> outputs, std::vector<int64_t> labels) {
  LossProblem problem;
  problem.config = ParseLoss("softmax_cross_entropy { " + options + " }");
  problem.dim = static_cast<int>(outputs.size() / labels.size());
  problem.outputs = std::move(outputs);
  problem.labels = std::move(labels);
  return problem;
}

// 1 - p is 2e-5: of that, 1 - p in single precision shows two digits.
TEST(SoftmaxCrossEntropyTest, AConfidentExampleKeepsItsPrecision) {
  const LossResult result = EvaluateLoss(MakeProblem("", {8, -3}, {0}));
  const double expected = std::log1p(std::exp(-11.0));
  EXPECT_NEAR(result.sums.loss(), expected, 1e-5 * expected);
  const double gradient = -1 / (1 + std::exp(11.0));
  EXPECT_NEAR(result.gradients[0], gradient, -1e-5 * gradient);
  EXPECT_NEAR(result.gradients[1], -gradient, -1e-5 * gradient);
}

TEST(SoftmaxCrossEntropyTest, HugeOutputsGiveFiniteLosses) {
  const LossResult result = EvaluateLoss(MakeProblem("", {1e6F, -1e6F, -1e6F, 1e6F}, {0, 0}));
  EXPECT_EQ(result.sums.loss(), 2e6);
  EXPECT_THAT(result.gradients, testing::ElementsAre(0, 0, -0.5F, 0.5F));
}

TEST(SoftmaxCrossEntropyTest, TopOneAndTopKCountLabels) {
  // Ranks of the labels: 0, 1, 2, 3.
  const LossResult result =
      EvaluateLoss(MakeProblem("top_k: 3", {9, 1, 2, 3, 5, 9, 1, 2, 3, 9, 8, 1, 1, 9, 8, 7}, {0, 0, 0, 0}));
  EXPECT_THAT(FindMetric(result.sums, "accuracy"), testing::ElementsAre(1));
  EXPECT_THAT(FindMetric(result.sums, "top_k_accuracy"), testing::ElementsAre(3));
}

TEST(SoftmaxCrossEntropyTest, EqualOutputsRankByClass) {
  const LossResult result = EvaluateLoss(MakeProblem("top_k: 2", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 2}));
  EXPECT_THAT(FindMetric(result.sums, "accuracy"), testing::ElementsAre(1));
  EXPECT_THAT(FindMetric(result.sums, "top_k_accuracy"), testing::ElementsAre(2));
}

TEST(SoftmaxCrossEntropyTest, PredictsTheMostProbableClass) {
  const auto loss = SoftmaxCrossEntropyLoss::Create(SoftmaxCrossEntropy(), 3).value();
  ASSERT_TRUE(loss->predicts_classes());
  std::vector<Prediction> predictions;
  const auto read_none = [](int, absl::Span<const uint64_t>, float*) { return absl::UnimplementedError("no rows"); };
  ASSERT_TRUE(loss->Predict({0, 2, 1, 5, 5, 5}, read_none, &predictions).ok());
  ASSERT_EQ(predictions.size(), 2u);
  EXPECT_EQ(predictions[0].label, 1);
  EXPECT_NEAR(predictions[0].value, 1 / (1 + std::exp(-2.0) + std::exp(-1.0)), 1e-6);
  EXPECT_EQ(predictions[1].label, 0) << "equal outputs rank by class";
  EXPECT_NEAR(predictions[1].value, 1.0 / 3, 1e-6);
}

TEST(SoftmaxCrossEntropyTest, NanIsNeverCorrect) {
  const float nan = std::nanf("");
  const LossResult result = EvaluateLoss(MakeProblem("top_k: 2", {nan, 1, nan, nan, 1, nan}, {0, 1, 0}));
  EXPECT_THAT(FindMetric(result.sums, "accuracy"), testing::ElementsAre(0));
  EXPECT_THAT(FindMetric(result.sums, "top_k_accuracy"), testing::ElementsAre(1));  // 1 behind one NaN.
}

TEST(SoftmaxCrossEntropyTest, TheMeanDividesByTheWeightsOfTheLabels) {
  const LossProblem problem = MakeProblem("weight: 3 weight: 0.5", {0, 0, 0, 0, 0, 0}, {0, 1, 1});
  const LossResult result = EvaluateLoss(problem);
  EXPECT_EQ(result.sums.loss_weight(), 4);
  EXPECT_NEAR(result.mean(), std::log(2), 1e-7);
  EXPECT_FLOAT_EQ(result.gradients[0], -0.5F * 3 / 4);
  EXPECT_FLOAT_EQ(result.gradients[2], 0.5F * 0.5F / 4);
}

TEST(SoftmaxCrossEntropyTest, LabelsWithoutWeightGiveNoGradient) {
  const LossResult result = EvaluateLoss(MakeProblem("weight: 0 weight: 1", {1, 2, 3, 4}, {0, 0}));
  EXPECT_EQ(result.sums.loss(), 0);
  EXPECT_EQ(result.sums.loss_weight(), 0);
  EXPECT_THAT(result.gradients, Each(0.0F));
}

TEST(SoftmaxCrossEntropyTest, OneClassIsAlwaysRight) {
  const LossResult result = EvaluateLoss(MakeProblem("label_smoothing: 0.1", {3, -2}, {0, 0}));
  EXPECT_EQ(result.sums.loss(), 0);
  EXPECT_THAT(FindMetric(result.sums, "accuracy"), testing::ElementsAre(2));
  EXPECT_THAT(result.gradients, Each(0.0F));
}

TEST(SoftmaxCrossEntropyTest, ALabelThatIsNoClassIsAnErrorAndChangesNothing) {
  const std::unique_ptr<Loss> loss = SoftmaxCrossEntropyLoss::Create(SoftmaxCrossEntropy(), 2).value();
  const std::vector<float> outputs = {1, 2, 3, 4};
  for (const int64_t bad : {-1, 2}) {
    const std::vector<int64_t> labels = {0, bad};
    LossBatch batch = {outputs, 2, 2, labels, {}, 0, 2, 2};
    std::vector<float> gradients(4, 42.0F);
    MetricSums sums;
    const absl::Status status = loss->Evaluate(batch, absl::MakeSpan(gradients), &sums);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(),
              "label of row 1 is " + std::to_string(bad) + ", expected 0 to 1: the model has 2 outputs");
    EXPECT_EQ(loss->MeanDivisor(labels).status(), status);
    EXPECT_THAT(gradients, Each(42.0F));
    EXPECT_EQ(sums.examples(), 0u);
  }
}

TEST(SoftmaxCrossEntropyTest, OptionsThatCannotBeAreNamed) {
  const auto error = [](const std::string& options) {
    const LossConfig config = ParseLoss("softmax_cross_entropy { " + options + " }");
    return std::string(SoftmaxCrossEntropyLoss::Create(config.softmax_cross_entropy(), 3).status().message());
  };
  EXPECT_EQ(error("weight: 1"), "softmax_cross_entropy.weight has 1 values, expected one for each of the 3 outputs");
  EXPECT_EQ(error("weight: 1 weight: -2 weight: 1"),
            "softmax_cross_entropy.weight of class 1 is -2, expected a number from 0 on");
  EXPECT_THAT(error("weight: 1 weight: nan weight: 1"), HasSubstr("class 1 is nan"));
  EXPECT_EQ(error("label_smoothing: 1.5"), "softmax_cross_entropy.label_smoothing is 1.5, expected 0 to 1");
  EXPECT_EQ(error("top_k: 0"), "softmax_cross_entropy.top_k is 0, expected at least 1");
}

}  // namespace
}  // namespace shoal
