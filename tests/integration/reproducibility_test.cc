// Promise: same job, seed and number of workers, same bits.
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

class JobReproducibilityTest : public testing::Test {
 protected:
  std::string TrainWithSeed(const std::string& job, const Cluster& cluster, const std::string& seed) {
    return Train(workspace_, job, cluster, {"seed=" + seed, "data.random_split.seed=1"});
  }
  void ExpectSameBits(const std::string& job, const Cluster& cluster) {
    const std::string first = TrainWithSeed(job, cluster, "11");
    const std::string second = TrainWithSeed(job, cluster, "11");
    EXPECT_EQ(Digests(second), Digests(first));
    EXPECT_EQ(EpochsWithoutTimes(second), EpochsWithoutTimes(first));
    EXPECT_EQ(MetricsWithoutTimes(second), MetricsWithoutTimes(first));
    EXPECT_EQ(ReadMetrics(first).size(), 9U) << "an interval every ten steps and at the end of each epoch";
  }
  void ExpectSeedMatters(const std::string& job, const Cluster& cluster) {
    const std::string first = TrainWithSeed(job, cluster, "11");
    const std::string second = TrainWithSeed(job, cluster, "12");
    EXPECT_NE(Digests(second), Digests(first));
    EXPECT_NE(EpochsWithoutTimes(second), EpochsWithoutTimes(first));
  }

  ShoalWorkspace workspace_;
};

class ReproducibilityTest : public JobReproducibilityTest, public testing::WithParamInterface<Cluster> {
 protected:
  const std::string job_ = workspace_.WriteFile("small.textproto", kSmallJob);
};

TEST_P(ReproducibilityTest, TheSameJobGivesTheSameWeightsAndLossesToTheLastDigit) { ExpectSameBits(job_, GetParam()); }

TEST_P(ReproducibilityTest, AnotherSeedGivesOtherWeights) { ExpectSeedMatters(job_, GetParam()); }

INSTANTIATE_TEST_SUITE_P(Clusters, ReproducibilityTest, testing::Values(Cluster{0, 1}, Cluster{2, 3}),
                         [](const auto& info) { return info.param.servers == 0 ? "Embedded" : "TwoServers"; });

class NetworkReproducibilityTest : public JobReproducibilityTest, public testing::WithParamInterface<std::string> {
 protected:
  const std::string job_ = WriteNetworkJob(workspace_, GetParam());
};

TEST_P(NetworkReproducibilityTest, TheSameJobGivesTheSameWeightsAndLossesToTheLastDigit) {
  ExpectSameBits(job_, {0, 1});
  ExpectSameBits(job_, {2, 3});
}

TEST_P(NetworkReproducibilityTest, AnotherSeedGivesOtherWeights) { ExpectSeedMatters(job_, {0, 1}); }

INSTANTIATE_TEST_SUITE_P(Jobs, NetworkReproducibilityTest, testing::ValuesIn(NetworkJobNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace shoal
