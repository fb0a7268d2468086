// The driver with networks: several workers, dense parameters, outputs of the global batch.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/small_job.h"
#include "tests/worker/driver_group.h"
#include "worker/metric_sums.h"
#include "worker/step_driver.h"

namespace shoal {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSoftmax[] = "loss { softmax_cross_entropy {} }";
constexpr char kTriplet[] = "loss { triplet {} }";
constexpr char kGivenTriplets[] =
    "loss { triplet { mining: GIVEN margin: 2 } } "
    "members { columns: ['positive', 'text', 'price', 'weight', 'picture'] } "
    "members { columns: ['negative', 'text', 'weight', 'price', 'picture'] }";
constexpr char kGivenPairs[] =
    "loss { contrastive { mining: GIVEN margin: 2 same: 'same' } } "
    "members { columns: ['positive', 'text', 'price', 'weight', 'picture'] }";

// 70 examples in batches of 16: 5 steps an epoch, the last one of 6; 19 validation examples in batches of 8.
class StepDriverNetworkTest : public testing::Test {
 protected:
  static ResolvedJob Job(int workers, const std::string& loss = kSoftmax, const std::string& optimizer = "adam {}") {
    SmallNetworkOptions network;
    network.loss = loss;
    network.tower =
        "tower { linear { out_features: 6 } } tower { tanh {} } tower { dropout { p: 0.2 } } "
        "tower { linear { out_features: 3 } }";
    SmallJobOptions options;
    options.workers = workers;
    options.parameter_servers = 1;
    options.optimizer = optimizer;
    ResolvedJob job = SmallNetworkJob(network, options);
    Network* config = job.mutable_job()->mutable_model()->mutable_network();
    if (config->members_size() > 0) config->clear_label();
    return job;
  }

  DriverGroup Group(const ResolvedJob& job) {
    data_ = SmallNetworkData(job);
    return {job, data_, seed_};
  }

  static void RequestStop(StepDriver* driver) {
    ProgressReply reply;
    reply.set_stop_requested(true);
    driver->OnProgressReply(reply);
  }

  static std::vector<uint64_t> SavedSteps(const RecordingSink& sink) {
    std::vector<uint64_t> steps;
    for (const auto& [step, floats] : sink.dense) steps.push_back(step);
    return steps;
  }

  // Sums of all workers, by epoch.
  static std::map<uint32_t, std::pair<MetricSums, MetricSums>> Sums(const DriverGroup& group, int workers) {
    std::map<uint32_t, std::pair<MetricSums, MetricSums>> sums;
    for (int rank = 0; rank < workers; ++rank) {
      for (const ProgressReport& report : group.reports(rank)) {
        if (!report.epoch_complete()) continue;
        AddMetricSums(report.epoch_train(), &sums[report.epoch()].first);
        AddMetricSums(report.validation(), &sums[report.epoch()].second);
      }
    }
    return sums;
  }

  static void ExpectNear(const std::vector<float>& got, const std::vector<float>& expected, const std::string& what) {
    ASSERT_EQ(got.size(), expected.size());
    float largest = 0;
    for (const float value : expected) largest = std::max(largest, std::fabs(value));
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-5F * largest) << what << ", element " << i;
    }
  }

  static void ExpectNear(const MetricSums& got, const MetricSums& expected) {
    EXPECT_EQ(got.examples(), expected.examples());
    EXPECT_NEAR(got.loss() / got.loss_weight(), expected.loss() / expected.loss_weight(), 1e-4);
  }

  // Takes turns with rank 0 until `count` operations of its collective have begun.
  static void TurnUntilCollective(DriverGroup* group, size_t count) {
    while (group->collective(0).log.size() < count) ASSERT_TRUE(group->Turn(0));
  }

  const uint64_t seed_ = std::random_device()();
  TrainingData data_;
};

class StepDriverWorkersTest : public StepDriverNetworkTest, public testing::WithParamInterface<std::string> {};

TEST_P(StepDriverWorkersTest, TakeTheSameStepsWithTheSameParameters) {
  const std::string optimizer = "sgd { momentum: 0.9 }";
  const ResolvedJob job = Job(1, GetParam(), optimizer);
  DriverGroup one = Group(job);
  const std::vector<float> start = FloatsOf(*one.driver(0).dense_parameters());
  ASSERT_TRUE(one.Run().ok());
  const std::vector<float> expected = FloatsOf(*one.driver(0).dense_parameters());
  EXPECT_NE(expected, start);
  EXPECT_THAT(one.collective(0).log, IsEmpty());
  const auto expected_sums = Sums(one, 1);
  ASSERT_EQ(expected_sums.size(), 3u);
  for (const int workers : {2, 3, 7}) {
    SCOPED_TRACE(testing::Message() << workers << " workers, seed " << seed_);
    DriverGroup group = Group(Job(workers, GetParam(), optimizer));
    const absl::Status status = group.Run();
    ASSERT_TRUE(status.ok()) << status;
    const std::vector<float> dense = FloatsOf(*group.driver(0).dense_parameters());
    ExpectNear(dense, expected, "dense parameters");
    for (int rank = 0; rank < workers; ++rank) {
      EXPECT_EQ(FloatsOf(*group.driver(rank).dense_parameters()), dense) << "bits of rank " << rank;
      EXPECT_EQ(group.driver(rank).step(), 15u);
    }
    for (const int table : {0, 1}) ExpectNear(group.Rows(table), one.Rows(table), job.job().tables(table).name());
    for (const auto& [epoch, sums] : Sums(group, workers)) {
      ExpectNear(sums.first, expected_sums.at(epoch).first);
      ExpectNear(sums.second, expected_sums.at(epoch).second);
    }
  }
}

// Whatever the optimizer makes of rounding, all workers make the same of it.
TEST_P(StepDriverWorkersTest, KeepTheSameBitsInEveryOrderOfTurns) {
  const ResolvedJob job = Job(3, GetParam());
  std::vector<float> first;
  for (int run = 0; run < 3; ++run) {
    data_ = SmallNetworkData(job);
    DriverGroup group(job, data_, seed_ + run);
    ASSERT_TRUE(group.Run().ok()) << "seed " << seed_;
    for (int rank = 0; rank < 3; ++rank) {
      const std::vector<float> dense = FloatsOf(*group.driver(rank).dense_parameters());
      if (first.empty()) first = dense;
      EXPECT_EQ(dense, first) << "rank " << rank << ", seed " << seed_;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, StepDriverWorkersTest,
                         testing::Values(kSoftmax, kTriplet, kGivenTriplets, kGivenPairs));

// ---- Operations ----------------------------------------------------------------------------------------------------

TEST_F(StepDriverNetworkTest, GradientsAreSummedOnceAStep) {
  DriverGroup group = Group(Job(2));
  ASSERT_TRUE(group.Run().ok());
  EXPECT_EQ(group.collective(0).log, std::vector<std::string>(15, "sum"));
}

TEST_F(StepDriverNetworkTest, TripletsGatherOutputsInTrainingAndValidation) {
  DriverGroup group = Group(Job(2, kTriplet));
  ASSERT_TRUE(group.Run().ok());
  std::vector<std::string> epoch;
  for (const char* gather : {"gather 48", "gather 48", "gather 48", "gather 48", "gather 18"}) {
    epoch.insert(epoch.end(), {gather, "sum"});
  }
  epoch.insert(epoch.end(), {"gather 24", "gather 24", "gather 9"});
  std::vector<std::string> expected;
  for (int i = 0; i < 3; ++i) expected.insert(expected.end(), epoch.begin(), epoch.end());
  EXPECT_EQ(group.collective(0).log, expected);
  EXPECT_EQ(group.collective(1).log, expected);
}

TEST_F(StepDriverNetworkTest, GivenTripletsGatherAllTheirMembers) {
  DriverGroup group = Group(Job(2, kGivenTriplets));
  ASSERT_TRUE(group.Run().ok());
  EXPECT_THAT(group.collective(0).log, Contains("gather 144"));
}

TEST_F(StepDriverNetworkTest, GivenPairsGatherNothing) {
  DriverGroup group = Group(Job(2, kGivenPairs));
  ASSERT_TRUE(group.Run().ok());
  EXPECT_EQ(group.collective(0).log, std::vector<std::string>(15, "sum"));
}

TEST_F(StepDriverNetworkTest, WithoutDenseParametersOnlyOutputsAreGathered) {
  ResolvedJob job = Job(2, kTriplet);
  job.mutable_job()->mutable_model()->mutable_network()->clear_tower();
  DriverGroup group = Group(job);
  ASSERT_TRUE(group.Run().ok());
  EXPECT_THAT(group.collective(0).log, Each(HasSubstr("gather")));
  EXPECT_EQ(group.collective(0).log.size(), 24u);
  EXPECT_EQ(group.driver(0).dense_parameters(), nullptr);
  EXPECT_THAT(SavedSteps(group.sink(0)), IsEmpty());
}

TEST_F(StepDriverNetworkTest, BalancedBatchesAreGatheredWhole) {
  ResolvedJob job = Job(2, kTriplet);
  BalancedBatches* balanced = job.mutable_job()->mutable_model()->mutable_network()->mutable_balanced_batches();
  balanced->set_classes(3);
  balanced->set_samples(4);
  DriverGroup group = Group(job);
  ASSERT_TRUE(group.Run().ok());
  EXPECT_THAT(group.collective(0).log, Contains("gather 36"));
  EXPECT_THAT(group.collective(0).log, Not(Contains("gather 48")));
}

// At a learning rate that rounding swallows, only what is dropped out could make epochs differ.
TEST_F(StepDriverNetworkTest, ValidationDropsNothing) {
  for (const char* loss : {kSoftmax, kTriplet}) {
    ResolvedJob job = Job(2, loss, "sgd {}");
    job.mutable_job()->mutable_training()->set_learning_rate(1e-30F);
    DriverGroup group = Group(job);
    ASSERT_TRUE(group.Run().ok());
    const auto sums = Sums(group, 2);
    for (const uint32_t epoch : {2u, 3u}) {
      EXPECT_NE(sums.at(epoch).first.loss(), sums.at(1).first.loss()) << "training drops";
      EXPECT_EQ(sums.at(epoch).second.DebugString(), sums.at(1).second.DebugString());
    }
  }
}

// ---- Checkpoints ---------------------------------------------------------------------------------------------------

TEST_F(StepDriverNetworkTest, RankZeroSavesDenseParametersAtTheBoundariesThatItDecides) {
  ResolvedJob job = Job(3);
  job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(4);
  job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_epochs(0);
  DriverGroup group = Group(job);
  ASSERT_TRUE(group.Run().ok());
  EXPECT_THAT(SavedSteps(group.sink(0)), ElementsAre(4, 8, 12, 15));
  EXPECT_THAT(group.saved_shards(), ElementsAre(4, 8, 12, 15));
  EXPECT_THAT(SavedSteps(group.sink(1)), IsEmpty());
  EXPECT_THAT(SavedSteps(group.sink(2)), IsEmpty());
  EXPECT_EQ(group.sink(0).dense.at(15), FloatsOf(*group.driver(1).dense_parameters()));
}

TEST_F(StepDriverNetworkTest, DenseParametersAreSavedAfterTheStepsOwnUpdate) {
  for (const int workers : {1, 2}) {
    ResolvedJob job = Job(workers);
    job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(1);
    DriverGroup group = Group(job);
    std::vector<float> before = FloatsOf(*group.driver(0).dense_parameters());
    size_t saved = 0;
    while (!group.driver(0).done()) {
      for (int rank = 0; rank < workers; ++rank) {
        if (!group.driver(rank).done()) group.Turn(rank);
      }
      std::vector<float> now = FloatsOf(*group.driver(0).dense_parameters());
      if (group.sink(0).dense.size() == saved) {
        EXPECT_EQ(now, before) << "an update that was not saved";
        continue;
      }
      ++saved;
      EXPECT_NE(now, before);
      EXPECT_EQ(group.sink(0).dense.at(saved), now);
      before = std::move(now);
    }
    EXPECT_EQ(saved, 15u);
  }
}

TEST_F(StepDriverNetworkTest, AStopRequestBetweenPushAndSumWaitsForTheNextStep) {
  DriverGroup group = Group(Job(2));
  TurnUntilCollective(&group, 1);  // Step 1 is pushed, its gradients wait for those of rank 1.
  RequestStop(&group.driver(0));
  ASSERT_TRUE(group.Run().ok());
  EXPECT_THAT(SavedSteps(group.sink(0)), ElementsAre(2));
  EXPECT_THAT(group.saved_shards(), ElementsAre(2));
  EXPECT_EQ(group.driver(0).step(), 2u);
  EXPECT_EQ(group.driver(1).step(), 2u);
}

// ---- Errors --------------------------------------------------------------------------------------------------------

TEST_F(StepDriverNetworkTest, AnErrorOfTheSumEndsTheDriver) {
  DriverGroup group = Group(Job(2));
  TurnUntilCollective(&group, 1);
  const std::vector<float> before = FloatsOf(*group.driver(0).dense_parameters());
  ASSERT_FALSE(group.Turn(0)) << "waits for rank 1";
  group.DropCollective(1);
  ASSERT_TRUE(group.Turn(0));
  EXPECT_EQ(group.status(0), absl::UnavailableError("AllReduceSum on rank 0 of 2: rank 1 has gone"));
  EXPECT_TRUE(group.driver(0).misses_others());
  EXPECT_EQ(FloatsOf(*group.driver(0).dense_parameters()), before) << "half a sum is no gradient";
}

TEST_F(StepDriverNetworkTest, AnErrorOfTheGatheringEndsTheDriver) {
  DriverGroup group = Group(Job(2, kTriplet));
  TurnUntilCollective(&group, 1);
  ASSERT_FALSE(group.Turn(0)) << "waits for rank 1";
  group.DropCollective(1);
  ASSERT_TRUE(group.Turn(0));
  EXPECT_EQ(group.status(0), absl::UnavailableError("AllGather on rank 0 of 2: rank 1 has gone"));
  EXPECT_TRUE(group.driver(0).misses_others());
}

// Nobody waits for gradients of a step that cannot be applied.
TEST_F(StepDriverNetworkTest, APushErrorBeforeTheSumEndsTheDriverWithoutIt) {
  ResolvedJob job = Job(2);
  job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(1);
  DriverGroup group = Group(job);
  group.FailServerSaves(absl::ResourceExhaustedError("disk full"));
  TurnUntilCollective(&group, 1);
  // Rank 1's push completes the step: pull and push, then what would be the sum.
  for (int turn = 0; turn < 4; ++turn) ASSERT_TRUE(group.Turn(1));
  EXPECT_EQ(group.status(1).code(), absl::StatusCode::kResourceExhausted) << group.status(1);
  EXPECT_THAT(std::string(group.status(1).message()), HasSubstr("disk full"));
  EXPECT_FALSE(group.driver(1).misses_others());
  EXPECT_FALSE(group.Turn(0)) << "waits until rank 1 has gone";
  group.DropCollective(1);
  ASSERT_TRUE(group.Turn(0));
  EXPECT_TRUE(absl::IsUnavailable(group.status(0))) << group.status(0);
}

}  // namespace
}  // namespace shoal
