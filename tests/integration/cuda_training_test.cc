// Whole trainings on a GPU: the CPU's errors, and the promises that hold on the CPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"
#include "tests/integration/worker_losses.h"
#include "tests/support/gpu_test.h"

namespace shoal {
namespace {

using ::testing::StartsWith;

// A GPU adds an example's numbers in another order; ten epochs make more of that.
constexpr double kRmseTolerance = 1e-3;

class CudaTrainingTest : public GpuTest {
 protected:
  std::string TrainOn(const std::string& compute, const std::string& job, const Cluster& cluster,
                      std::vector<std::string> set = {}) {
    set.push_back("cluster.compute=" + compute);
    return Train(workspace_, job, cluster, set);
  }
  static double FinalRmse(const std::string& run) {
    return EpochsWithoutTimes(run).back().at("validation").at("rmse").get<double>();
  }

  ShoalWorkspace workspace_;
  const std::string job_ = workspace_.WriteFile("small.textproto", kSmallJob);
};

TEST_F(CudaTrainingTest, TheSummarySaysWhatWorkersComputedWith) {
  const nlohmann::json summary = ReadSummary(TrainOn("AUTO", job_, {2, 2}));
  EXPECT_EQ(summary.at("compute"), "CUDA");
  EXPECT_THAT(summary.at("devices").at("worker-0").get<std::string>(), StartsWith("cuda:0, "));
  EXPECT_THAT(summary.at("devices").at("worker-1").get<std::string>(), StartsWith("cuda:"));
}

TEST_F(CudaTrainingTest, ASmallJobHasTheCpusErrors) {
  EXPECT_NEAR(FinalRmse(TrainOn("CUDA", job_, {0, 1})), FinalRmse(TrainOn("CPU", job_, {0, 1})), kRmseTolerance);
}

TEST_F(CudaTrainingTest, TheSameJobGivesTheSameBits) {
  for (const Cluster& cluster : {Cluster{0, 1}, Cluster{2, 3}}) {
    const std::string first = TrainOn("CUDA", job_, cluster);
    const std::string second = TrainOn("CUDA", job_, cluster);
    EXPECT_EQ(Digests(second), Digests(first)) << ToString(cluster);
    EXPECT_EQ(MetricsWithoutTimes(second), MetricsWithoutTimes(first)) << ToString(cluster);
  }
}

TEST_F(CudaTrainingTest, TheNumberOfServersDoesNotChangeABit) {
  EXPECT_EQ(Digests(TrainOn("CUDA", job_, {3, 1})), Digests(TrainOn("CUDA", job_, {0, 1})));
}

// With a GPU for each worker they come together anew over NCCL, with one for both over Gloo.
TEST_F(CudaTrainingTest, LostWorkersAreReplacedWithoutADifferenceInTheWeights) {
  TrainWithLosses(workspace_, WriteNetworkJob(workspace_, "Classification"), {1, 2}, /*epochs=*/100, {1, 0},
                  {"cluster.compute=CUDA", "cluster.give_up_after_seconds=20"});
}

class CudaMovieLensTest : public CudaTrainingTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (!IsSkipped() && !FindData(kMovieLens)) GTEST_SKIP() << NoData(kMovieLens);
  }
};

TEST_F(CudaMovieLensTest, TenEpochsHaveTheCpusErrors) {
  const std::vector<std::string> set = {"training.epochs=10", "training.checkpoint.every_epochs=0"};
  const std::string job = ExampleJob("ml-100k.textproto");
  EXPECT_NEAR(FinalRmse(TrainOn("CUDA", job, {0, 1}, set)), FinalRmse(TrainOn("CPU", job, {0, 1}, set)),
              kRmseTolerance);
}

TEST_F(CudaMovieLensTest, RankingItemsIsReproducible) {
  const std::string job = ExampleJob("ml-100k-bpr.textproto");
  const std::string first = TrainOn("CUDA", job, {0, 1}, {"training.epochs=2"});
  EXPECT_EQ(Digests(TrainOn("CUDA", job, {0, 1}, {"training.epochs=2"})), Digests(first));
}

}  // namespace
}  // namespace shoal
