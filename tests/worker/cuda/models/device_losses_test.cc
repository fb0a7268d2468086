// Losses on a device against the CPU's: the same outputs, labels and tuples, shared by any number of workers.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"
#include "tests/worker/losses/loss_problem.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/losses/create_loss.h"

namespace shoal {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class DeviceLossesTest : public DeviceSuite {
 protected:
  LossResult EvaluateOnDevice(const LossProblem& problem, int workers, bool backward = true) {
    return EvaluateLoss(problem, workers, backward,
                        [this](Loss& loss, const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) {
                          return Evaluate(loss, batch, gradients, sums);
                        });
  }

  void ExpectAgreesWithCpu(const LossProblem& problem) {
    SCOPED_TRACE(testing::Message() << problem.config.ShortDebugString() << ", rows " << problem.n() << ", dim "
                                    << problem.dim);
    const LossResult expected = EvaluateLoss(problem);
    for (const int workers : {1, 3}) {
      const LossResult result = EvaluateOnDevice(problem, workers);
      ExpectSums(result.sums, expected.sums);
      ExpectGradients(result.gradients, expected.gradients);
    }
    ExpectSums(EvaluateOnDevice(problem, 2, /*backward=*/false).sums, expected.sums);
  }

  static void ExpectSums(const MetricSums& sums, const MetricSums& expected) {
    EXPECT_EQ(sums.examples(), expected.examples());
    EXPECT_EQ(sums.loss_weight(), expected.loss_weight()) << "the same triplets and pairs count";
    EXPECT_NEAR(sums.loss(), expected.loss(), 1e-5 * expected.loss());
    ASSERT_EQ(sums.metrics_size(), expected.metrics_size());
    for (const MetricSum& metric : expected.metrics()) {
      const absl::Span<const double> got = FindMetric(sums, metric.key());
      EXPECT_EQ(std::vector<double>(got.begin(), got.end()),
                std::vector<double>(metric.sums().begin(), metric.sums().end()))
          << metric.key();
    }
  }

  // To 1e-5 of the number, or of a tenth of the largest: a sum that cancels keeps the rounding of its terms.
  static void ExpectGradients(const std::vector<float>& gradients, const std::vector<float>& expected) {
    float largest = 0;
    for (const float value : expected) largest = std::max(largest, std::fabs(value));
    ASSERT_EQ(gradients.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(gradients[i], expected[i], 1e-5 * std::max(std::fabs(expected[i]), 0.1F * largest)) << i;
    }
  }

 private:
  absl::Status Evaluate(Loss& loss, const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) {
    if (batch.begin == batch.end) return absl::OkStatus();
    absl::Status checked = loss.Check(batch);
    if (!checked.ok()) return checked;
    const std::unique_ptr<DeviceLoss> on_device = CreateDeviceLoss(&device(), loss.spec(), /*first_lookup=*/0);
    const auto outputs = OnDevice(device(), std::vector<float>(batch.outputs.begin(), batch.outputs.end()));
    auto own = OnDevice(device(), std::vector<float>(gradients.begin(), gradients.end()));
    DeviceLookups lookups(&device());
    absl::Status status = on_device->Evaluate(batch, {outputs.data(), batch.n, batch.dim},
                                              gradients.empty() ? nullptr : own.data(), lookups);
    if (!status.ok()) return status;
    if (!gradients.empty()) {
      device().memory->CopyToHost(own.data(), gradients.size() * sizeof(float), gradients.data());
    }
    status = device().memory->Wait();
    on_device->AddSums(batch, sums);
    return status;
  }
};

TEST_P(DeviceLossesTest, SoftmaxCrossEntropy) {
  for (const std::string fields : {"", "label_smoothing: 0.1", "top_k: 2", "weight: [1, 0, 2.5, 0.3, 1]",
                                   "weight: [1, 2, 3, 4, 0.1] label_smoothing: 0.5", "label_smoothing: 1"}) {
    for (const int64_t n : {1, 40, 2500}) {
      ExpectAgreesWithCpu(RandomProblem("softmax_cross_entropy { " + fields + " }", n, 5, 5, /*seed=*/n));
    }
  }
  ExpectAgreesWithCpu(RandomProblem("softmax_cross_entropy { label_smoothing: 0.1 }", 30, 1000, 1000, 3));
  ExpectAgreesWithCpu(RandomProblem("softmax_cross_entropy {}", 30, 1, 1, 4));
}

TEST_P(DeviceLossesTest, AreasUnderTheCurveNeedTheOutputs) {
  LossProblem problem = RandomProblem("softmax_cross_entropy {}", 50, 2, 2, 5);
  problem.step = 0;
  const MetricSums sums = EvaluateOnDevice(problem, 1, /*backward=*/false).sums;
  ExpectSums(sums, EvaluateLoss(problem, 1, /*backward=*/false).sums);
  EXPECT_FALSE(FindMetric(sums, "two_class_auc").empty());
}

TEST_P(DeviceLossesTest, SoftmaxKeepsItsPrecisionAndShowsDivergence) {
  LossProblem problem = RandomProblem("softmax_cross_entropy {}", 4, 3, 3, 6);
  problem.labels = {0, 1, 2, 0};
  problem.outputs = {60, 0, -60, 1e30F, 1e30F, -1e30F, 3, 3, 3, -1, -2, -3};
  ExpectAgreesWithCpu(problem);
  for (const float bad : {kNan, std::numeric_limits<float>::infinity()}) {
    problem.outputs[4] = bad;
    const LossResult result = EvaluateOnDevice(problem, 1);
    EXPECT_TRUE(std::isnan(result.sums.loss()));
    EXPECT_TRUE(std::isnan(result.gradients[3]));
    EXPECT_FALSE(std::isnan(result.gradients[0]));
  }
}

std::vector<LossProblem> Shapes(const std::string& config) {
  return {RandomProblem(config, 60, 2, 5, 11),  RandomProblem(config, 45, 7, 3, 12),
          RandomProblem(config, 30, 64, 4, 13), RandomProblem(config, 20, 33, 20, 14),
          RandomProblem(config, 9, 3, 1, 15),   RandomProblem(config, 1, 4, 2, 16)};
}

const char* const kDistances[] = {"EUCLIDEAN", "SQUARED_EUCLIDEAN", "COSINE"};

TEST_P(DeviceLossesTest, MinedTriplets) {
  for (const std::string mining : {"ALL", "HARDEST", "RANDOM_HARD", "SEMI_HARD"}) {
    for (const std::string distance : kDistances) {
      for (const std::string soft : {"false", "true"}) {
        for (const LossProblem& problem :
             Shapes("triplet { mining: " + mining + " distance: " + distance + " soft_margin: " + soft + " }")) {
          ExpectAgreesWithCpu(problem);
        }
      }
    }
  }
}

TEST_P(DeviceLossesTest, RandomNegativesChangeWithTheStep) {
  LossProblem problem = RandomProblem("triplet { mining: RANDOM_HARD }", 60, 2, 5, 17);
  const double loss = EvaluateOnDevice(problem, 1).sums.loss();
  problem.step = 2;
  EXPECT_NE(EvaluateOnDevice(problem, 1).sums.loss(), loss);
  ExpectAgreesWithCpu(problem);
}

TEST_P(DeviceLossesTest, MinedPairs) {
  for (const std::string distance : kDistances) {
    for (const LossProblem& problem : Shapes("contrastive { margin: 2 distance: " + distance + " }")) {
      ExpectAgreesWithCpu(problem);
    }
  }
}

// Of equal distances the first rows are taken.
TEST_P(DeviceLossesTest, TiesAreBrokenAsOnTheCpu) {
  for (const std::string config : {"contrastive { margin: 9 }", "triplet { mining: HARDEST }",
                                   "triplet { mining: RANDOM_HARD }", "triplet { mining: SEMI_HARD margin: 3 }"}) {
    LossProblem problem = RandomProblem(config, 40, 2, 4, 18);
    for (float& output : problem.outputs) output = std::nearbyint(output);
    ExpectAgreesWithCpu(problem);
    for (float& output : problem.outputs) output = 1;
    ExpectAgreesWithCpu(problem);
  }
}

// Triplets of rows one behind the other, as a network's examples are.
LossProblem GivenTriplets(const std::string& fields, int64_t count, int dim) {
  LossProblem problem = RandomProblem("triplet { mining: ALL }", 3 * count, dim, 3, 19);
  problem.config = ParseLoss("triplet { mining: GIVEN " + fields + " }");
  problem.rows_per_example = 3;
  for (int64_t i = 0; i < count; ++i) problem.tuples.insert(problem.tuples.end(), {3 * i, 3 * i + 1, 3 * i + 2});
  return problem;
}

TEST_P(DeviceLossesTest, GivenTripletsAndPairs) {
  for (const std::string distance : kDistances) {
    for (const int dim : {2, 20}) {
      ExpectAgreesWithCpu(GivenTriplets("distance: " + distance, 30, dim));
      ExpectAgreesWithCpu(GivenTriplets("soft_margin: true distance: " + distance, 30, dim));
      ExpectAgreesWithCpu(
          RandomProblem("contrastive { mining: GIVEN margin: 2 distance: " + distance + " }", 30, dim, 3, 20));
    }
  }
}

TEST_P(DeviceLossesTest, OneBadOutputSpoilsALossOfDistances) {
  for (LossProblem problem :
       {RandomProblem("triplet { mining: ALL }", 12, 3, 3, 21),
        RandomProblem("triplet { mining: HARDEST }", 12, 3, 3, 21),
        RandomProblem("triplet { mining: RANDOM_HARD }", 12, 3, 3, 21),
        RandomProblem("triplet { mining: SEMI_HARD }", 12, 3, 3, 21), RandomProblem("contrastive {}", 12, 3, 3, 21),
        GivenTriplets("", 6, 3), RandomProblem("contrastive { mining: GIVEN }", 12, 3, 3, 21)}) {
    SCOPED_TRACE(problem.config.ShortDebugString());
    for (const float bad : {kNan, std::numeric_limits<float>::infinity()}) {
      problem.outputs[7] = bad;
      const LossResult result = EvaluateOnDevice(problem, 1);
      EXPECT_TRUE(std::isnan(result.sums.loss()));
      EXPECT_EQ(result.sums.loss_weight(), 0);
      for (const float gradient : result.gradients) ASSERT_TRUE(std::isnan(gradient));
    }
  }
}

TEST_P(DeviceLossesTest, ALossWithoutASpecIsNotTheDevices) {
  EXPECT_EQ(CreateDeviceLoss(&device(), LossSpec(), 0), nullptr);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceLossesTest);

}  // namespace
}  // namespace shoal
