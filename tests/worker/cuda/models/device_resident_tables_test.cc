// Training an embedded worker whose tables stay on the device: the bits of training without, in checkpoints and
// validation too.
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/models/device_job_variants.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/driver_group.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 5;
constexpr int64_t kEverything = int64_t{1} << 24;  // Bytes, of small jobs.

SmallJobOptions Options(const std::string& optimizer, RowSemantics row_semantics) {
  SmallJobOptions options;
  options.optimizer = optimizer;
  options.row_semantics = row_semantics;
  return options;
}

// Checkpoints after every third step, which does not end an epoch, and after each epoch.
ResolvedJob WithCheckpoints(ResolvedJob job) {
  job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(3);
  return job;
}

ResolvedJob WithCache(ResolvedJob job, int64_t bytes) {
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(bytes);
  return job;
}

class DeviceResidentTablesTest : public DeviceSuite {
 protected:
  struct Run {
    std::vector<std::vector<float>> tables;  // As of each checkpoint; the last one is of the last step.
    std::vector<float> dense;
    std::vector<std::string> validations;  // By epoch.
    uint64_t reads = 0;                    // Of the row cache.
  };
  DriverGroup MakeGroup(const ResolvedJob& job, const TrainingData& data) {
    return DriverGroup(job, data, kSeed, ModelsOn(&device()));
  }
  static Run Finish(DriverGroup& group) {
    EXPECT_TRUE(group.Run().ok());
    Run run;
    run.tables = group.saved_tables();
    if (const DenseParameters* dense = group.driver(0).dense_parameters()) run.dense = FloatsOf(*dense);
    for (const ProgressReport& report : group.reports(0)) {
      if (report.epoch_complete()) run.validations.push_back(report.validation().SerializeAsString());
    }
    run.reads = group.reports(0).back().row_cache_reads();
    return run;
  }
  Run Train(const ResolvedJob& job, const TrainingData& data) {
    DriverGroup group = MakeGroup(job, data);
    return Finish(group);
  }
  static void ExpectSame(const Run& with, const Run& without) {
    EXPECT_EQ(with.tables, without.tables);
    EXPECT_EQ(with.dense, without.dense);
    EXPECT_EQ(with.validations, without.validations);
  }

  // Whether training with tables on the device, or the small ones there and parts of the others, has the bits of
  // training without.
  void ExpectSameBits(const ResolvedJob& plain, const TrainingData& data) {
    const ResolvedJob job = WithCheckpoints(plain);
    const Run without = Train(job, data);
    ASSERT_GT(without.tables.size(), 4U);
    ASSERT_FALSE(without.validations.empty());
    {
      SCOPED_TRACE("all tables");
      const Run with = Train(WithCache(job, kEverything), data);
      ExpectSame(with, without);
      EXPECT_EQ(with.reads, 0U) << "no row is pulled";
    }
    {
      SCOPED_TRACE("some tables");
      const Run with = Train(WithCache(job, 5000), data);
      ExpectSame(with, without);
      EXPECT_GT(with.reads, 0U);
    }
  }
};

TEST_P(DeviceResidentTablesTest, RowsHaveTheBitsOfTrainingWithout) {
  for (const char* optimizer : kRowOptimizers) {
    for (const RowSemantics row_semantics : {LAZY, DENSE_EQUIVALENT}) {
      SCOPED_TRACE(testing::Message() << optimizer << ", " << RowSemantics_Name(row_semantics));
      SmallJobOptions options = Options(optimizer, row_semantics);
      options.num_users = 40;  // More than fit into 5000 bytes.
      const ResolvedJob job = SmallJob(options);
      ExpectSameBits(job, SmallData(job));
    }
  }
}

TEST_P(DeviceResidentTablesTest, ImplicitFactorizationToo) {
  SmallJobOptions options = Options("adam {}", DENSE_EQUIVALENT);
  options.num_users = 60;
  const ResolvedJob job = SmallImplicitJob("num_negatives: 3 item_bias_table: 'item_bias'", options);
  ExpectSameBits(job, SmallData(job));
}

TEST_P(DeviceResidentTablesTest, NetworksToo) {
  for (const char* loss : kNetworkLosses) {
    SCOPED_TRACE(loss);
    SmallNetworkOptions network;
    network.loss = loss;
    SmallJobOptions options = Options("adagrad {}", LAZY);
    options.num_items = 60;
    const ResolvedJob job = SmallNetworkJob(network, options);
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

TEST_P(DeviceResidentTablesTest, TwoTablesOfOneColumnMayBeInDifferentPlaces) {
  SmallJobOptions options = Options("sgd { momentum: 0.9 }", DENSE_EQUIVALENT);
  ResolvedJob job = SmallJob(options);
  // The rows of users are not cached, their biases are resident.
  job.mutable_job()->mutable_tables(0)->set_max_norm(2);
  job = WithCheckpoints(job);
  const TrainingData data = SmallData(job);
  ExpectSame(Train(WithCache(job, kEverything), data), Train(job, data));
}

TEST_P(DeviceResidentTablesTest, FrozenTablesAndPaddingRowsStayAsTheyAre) {
  ResolvedJob job = SmallJob(Options("sgd { momentum: 0.9 }", DENSE_EQUIVALENT));
  TableConfig* user = job.mutable_job()->mutable_tables(0);
  user->set_freeze(true);
  user->mutable_optimizer()->mutable_sgd()->Clear();
  user->set_row_semantics(LAZY);
  job.mutable_job()->mutable_tables(1)->set_padding_idx(3);
  job = WithCheckpoints(job);
  const TrainingData data = SmallData(job);
  ExpectSame(Train(WithCache(job, kEverything), data), Train(job, data));
}

TEST_P(DeviceResidentTablesTest, AWorkerThatComesBackAfterACheckpointHasTheBitsToo) {
  for (const std::string optimizer : {"adam { weight_decay: 0.01 }", "sgd { momentum: 0.9 weight_decay: 0.01 }"}) {
    SCOPED_TRACE(optimizer);
    const ResolvedJob job = WithCheckpoints(SmallJob(Options(optimizer, DENSE_EQUIVALENT)));
    const TrainingData data = SmallData(job);
    DriverGroup group = MakeGroup(WithCache(job, kEverything), data);
    while (group.saved_shards().size() < 3) group.Turn(0);
    group.RestartWorkers();
    EXPECT_EQ(Finish(group).tables, Train(job, data).tables);
  }
}

TEST_P(DeviceResidentTablesTest, BetweenCheckpointsRowsChangeOnTheDeviceAlone) {
  const ResolvedJob job = SmallJob(Options("sgd {}", LAZY));
  const TrainingData data = SmallData(job);
  DriverGroup group = MakeGroup(WithCache(job, kEverything), data);
  const std::vector<float> before = group.Rows(0);
  while (group.driver(0).step() < 2) group.Turn(0);
  EXPECT_EQ(group.Rows(0), before);
  ASSERT_TRUE(group.Run().ok());
  EXPECT_NE(group.Rows(0), before);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceResidentTablesTest);

}  // namespace
}  // namespace shoal
