// The example of MNIST learns as the same job in PyTorch, from the same first parameters and on the same batches
// (tests/reference/mnist). What is left is rounding, which ReLU and Adam make larger step by step: where a gradient is
// all but zero, its sign is rounding. So the first steps are compared one by one, what comes of them in the mean over
// seeds: runs of one seed come to differ by 0.2 points of accuracy. shoal itself gives the same bits every time, so
// what holds once holds always.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

constexpr char kMnist[] = "mnist/train-images-idx3-ubyte.gz";
constexpr double kLeastAccuracy = 0.965;
constexpr double kAccuracyMargin = 0.002;
// Relative. Until rounding has grown: 2e-7 at most.
constexpr size_t kRoundingSteps = 6;
constexpr double kRoundingTolerance = 1e-6;
// PyTorch's own single precision comes to differ from its double by 0.002 within these steps, shoal's by 2e-5.
constexpr double kFirstStepsTolerance = 1e-4;
// Of the first epoch's mean loss: 0.001 at most.
constexpr double kFirstEpochTolerance = 0.005;

struct TrainedSeed {
  nlohmann::json pytorch;
  std::vector<nlohmann::json> metrics;  // One a step.
  nlohmann::json epochs;
};

// Trained once for all tests.
const std::vector<TrainedSeed>& Runs() {
  static const auto& runs = *new std::vector<TrainedSeed>([] {
    std::vector<TrainedSeed> result;
    ShoalWorkspace workspace;
    const auto reference = nlohmann::json::parse(ReadText(ReferencePath("mnist/results_same_start.json")));
    for (const nlohmann::json& pytorch : reference.at("runs")) {
      const std::string run = Train(workspace, ExampleJob("mnist-classification.textproto"), {0, 1},
                                    {absl::StrCat("seed=", pytorch.at("seed").get<int>()), "training.log_every_steps=1",
                                     "training.checkpoint.every_epochs=0"});
      result.push_back({pytorch, MetricsWithoutTimes(run), EpochsWithoutTimes(run)});
    }
    return result;
  }());
  return runs;
}

double RelativeDifference(double value, double expected) { return std::fabs(value / expected - 1); }

class MnistQualityTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!FindData(kMnist)) GTEST_SKIP() << NoData(kMnist);
    ASSERT_EQ(Runs().size(), 3U);
  }
};

TEST_F(MnistQualityTest, FirstStepsAreThoseOfPyTorch) {
  double largest = 0;
  for (const TrainedSeed& run : Runs()) {
    const std::vector<double> single = run.pytorch.at("loss_by_first_step");
    const std::vector<double> in_double = run.pytorch.at("loss_by_first_step_in_double");
    ASSERT_GE(run.metrics.size(), in_double.size());
    for (size_t step = 0; step < in_double.size(); ++step) {
      const double loss = run.metrics[step].at("loss");
      const std::string where = absl::StrCat("seed ", run.pytorch.at("seed").get<int>(), " step ", step + 1);
      if (step < kRoundingSteps) {
        EXPECT_LT(RelativeDifference(loss, single[step]), kRoundingTolerance) << where;
        EXPECT_LT(RelativeDifference(loss, in_double[step]), kRoundingTolerance) << where;
      }
      EXPECT_LT(RelativeDifference(loss, in_double[step]), kFirstStepsTolerance) << where;
      largest = std::max(largest, RelativeDifference(loss, in_double[step]));
    }
  }
  std::cout << absl::StrFormat("first steps: largest difference from PyTorch in double %.2g\n", largest);
}

TEST_F(MnistQualityTest, TheFirstEpochIsThatOfPyTorch) {
  for (const TrainedSeed& run : Runs()) {
    const double loss = run.epochs.at(0).at("train").at("loss");
    const double pytorch = run.pytorch.at("train_loss_by_epoch").at(0);
    std::cout << absl::StrFormat("seed %d: first epoch's loss %.5f, PyTorch %.5f\n", run.pytorch.at("seed").get<int>(),
                                 loss, pytorch);
    EXPECT_LT(RelativeDifference(loss, pytorch), kFirstEpochTolerance) << run.pytorch.at("seed");
  }
}

TEST_F(MnistQualityTest, MeanAccuracyIsThatOfPyTorch) {
  double shoal = 0;
  double pytorch = 0;
  for (const TrainedSeed& run : Runs()) {
    ASSERT_EQ(run.epochs.size(), 10U);
    const double accuracy = run.epochs.back().at("validation").at("accuracy");
    const double other = run.pytorch.at("accuracy_by_epoch").back();
    std::cout << absl::StrFormat("seed %d: accuracy %.4f, PyTorch %.4f\n", run.pytorch.at("seed").get<int>(), accuracy,
                                 other);
    shoal += accuracy / static_cast<double>(Runs().size());
    pytorch += other / static_cast<double>(Runs().size());
  }
  std::cout << absl::StrFormat("mean: %.4f, PyTorch %.4f\n", shoal, pytorch);
  EXPECT_GE(shoal, kLeastAccuracy);
  EXPECT_GE(shoal, pytorch - kAccuracyMargin);
}

}  // namespace
}  // namespace shoal
