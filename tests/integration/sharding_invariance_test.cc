// Promise: the weights are bit-identical for any number of servers, embedded or over gRPC, whatever the transport.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

class ShardingInvarianceTest : public testing::Test {
 protected:
  void ExpectSameWeights(const std::string& job_file, const std::vector<Cluster>& clusters,
                         const std::vector<std::string>& set = {}) {
    std::pair<std::string, std::string> first;
    for (const Cluster& cluster : clusters) {
      const std::pair<std::string, std::string> digests = Digests(Train(workspace_, job_file, cluster, set));
      ASSERT_EQ(digests.first.size(), 32U) << ToString(cluster);
      if (first.first.empty()) first = digests;
      EXPECT_EQ(digests, first) << ToString(cluster) << "; and " << ToString(clusters.front());
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

// Rounding is of the row and the step, not of who holds the row or how it travels.
TEST_F(ShardingInvarianceTest, RowsOfSixteenBitsOnTheWireAreTheSame) {
  for (const char* dtype : {"BFLOAT16", "FLOAT16"}) {
    const std::vector<std::string> set = {std::string("cluster.wire_dtype=") + dtype};
    ExpectSameWeights(small_job_, {{0, 1}, {1, 1}, {3, 1}, {2, 1, "TCP"}}, set);
    ExpectSameWeights(small_job_, {{1, 2}, {3, 2}}, set);
  }
}

// Rows that are padded, limited or frozen, and classes and biases that are drawn.
TEST_F(ShardingInvarianceTest, RowsOfSixteenBitsAreTheSameWhateverIsDoneWithThem) {
  const std::string dtype = "cluster.wire_dtype=BFLOAT16";
  ExpectSameWeights(small_job_, {{0, 1}, {2, 1}},
                    {dtype, "tables.user.embedding_dim=18", "tables.item.embedding_dim=18"});
  for (const char* network : {"EmbeddingRules", "SampledSoftmax"}) {
    const std::string job = WriteNetworkJob(workspace_, network);
    ExpectSameWeights(job, {{0, 1}, {3, 1}}, {dtype});
    ExpectSameWeights(job, {{1, 2}, {2, 2}}, {dtype});
  }
}

class NetworkShardingInvarianceTest : public ShardingInvarianceTest, public testing::WithParamInterface<std::string> {
 protected:
  const std::string job_ = WriteNetworkJob(workspace_, GetParam());
};

TEST_P(NetworkShardingInvarianceTest, OneWorkerLearnsTheSameEmbeddedAndWithAnyNumberOfServers) {
  ExpectSameWeights(job_, {{0, 1}, {1, 1}, {2, 1}, {3, 1}});
}

TEST_P(NetworkShardingInvarianceTest, SeveralWorkersLearnTheSameWithAnyNumberOfServers) {
  for (const int workers : {2, 3}) ExpectSameWeights(job_, {{1, workers}, {2, workers}});
}

INSTANTIATE_TEST_SUITE_P(Jobs, NetworkShardingInvarianceTest, testing::ValuesIn(NetworkJobNames()),
                         [](const auto& info) { return info.param; });

TEST_F(ShardingInvarianceTest, MovieLensIsLearntTheSame) {
  if (!FindData(kMovieLens)) GTEST_SKIP() << NoData(kMovieLens);
  ExpectSameWeights(ExampleJob("ml-100k.textproto"), {{0, 1}, {1, 1}, {3, 1}}, {"training.epochs=1"});
}

}  // namespace
}  // namespace shoal
