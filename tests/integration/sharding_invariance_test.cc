// Promise: the weights are bit-identical for any number of servers, embedded or over gRPC, whatever the transport.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

class ShardingInvarianceTest : public testing::Test {
 protected:
  void ExpectSameWeights(const std::string& job_file, const std::vector<Cluster>& clusters,
                         const std::vector<std::string>& set = {}) {
    std::string first;
    for (const Cluster& cluster : clusters) {
      const std::string digest = WeightsDigest(Train(workspace_, job_file, cluster, set));
      ASSERT_EQ(digest.size(), 32U) << ToString(cluster);
      if (first.empty()) first = digest;
      EXPECT_EQ(digest, first) << ToString(cluster) << "; and " << ToString(clusters.front());
    }
  }

  ShoalWorkspace workspace_;
  const std::string small_job_ = workspace_.WriteFile("small.textproto", kSmallJob);
};

TEST_F(ShardingInvarianceTest, OneWorkerLearnsTheSameEmbeddedAndWithAnyNumberOfServers) {
  ExpectSameWeights(small_job_, {{0, 1}, {1, 1}, {2, 1}, {3, 1}, {5, 1}});
}

TEST_F(ShardingInvarianceTest, TwoWorkersLearnTheSameWithAnyNumberOfServers) {
  ExpectSameWeights(small_job_, {{1, 2}, {2, 2}, {4, 2}});
}

TEST_F(ShardingInvarianceTest, ThreeWorkersLearnTheSameWithAnyNumberOfServers) {
  ExpectSameWeights(small_job_, {{1, 3}, {2, 3}, {4, 3}});
}

TEST_F(ShardingInvarianceTest, TcpGivesTheWeightsOfUnixSockets) {
  ExpectSameWeights(small_job_, {{2, 2, "UNIX"}, {2, 2, "TCP"}, {3, 2, "TCP"}});
}

TEST_F(ShardingInvarianceTest, RowsThatMoveOnlyWhenTouchedAreTheSame) {
  ExpectSameWeights(small_job_, {{0, 1}, {3, 1}}, {"training.row_semantics=LAZY"});
}

TEST_F(ShardingInvarianceTest, MovieLensIsLearntTheSame) {
  if (!FindMovieLens()) GTEST_SKIP() << kNoMovieLens;
  ExpectSameWeights(ExampleJob("ml-100k.textproto"), {{0, 1}, {1, 1}, {3, 1}}, {"training.epochs=1"});
}

}  // namespace
}  // namespace shoal
