// Promise: same job, seed and number of workers, same bits.
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

class ReproducibilityTest : public testing::TestWithParam<Cluster> {
 protected:
  std::string TrainWithSeed(const std::string& seed) {
    return Train(workspace_, job_, GetParam(), {"seed=" + seed, "data.random_split.seed=1"});
  }

  ShoalWorkspace workspace_;
  const std::string job_ = workspace_.WriteFile("small.textproto", kSmallJob);
};

TEST_P(ReproducibilityTest, TheSameJobGivesTheSameWeightsAndLossesToTheLastDigit) {
  const std::string first = TrainWithSeed("11");
  const std::string second = TrainWithSeed("11");
  EXPECT_EQ(WeightsDigest(second), WeightsDigest(first));
  EXPECT_EQ(EpochsWithoutTimes(second), EpochsWithoutTimes(first));
  EXPECT_EQ(MetricsWithoutTimes(second), MetricsWithoutTimes(first));
  EXPECT_EQ(ReadMetrics(first).size(), 9U) << "an interval every ten steps and at the end of each epoch";
}

TEST_P(ReproducibilityTest, AnotherSeedGivesOtherWeights) {
  const std::string first = TrainWithSeed("11");
  const std::string second = TrainWithSeed("12");
  EXPECT_NE(WeightsDigest(second), WeightsDigest(first));
  EXPECT_NE(EpochsWithoutTimes(second), EpochsWithoutTimes(first));
}

INSTANTIATE_TEST_SUITE_P(Clusters, ReproducibilityTest, testing::Values(Cluster{0, 1}, Cluster{2, 3}),
                         [](const auto& info) { return info.param.servers == 0 ? "Embedded" : "TwoServers"; });

}  // namespace
}  // namespace shoal
