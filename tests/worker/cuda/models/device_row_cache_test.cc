// Training with rows that stay on the device: the bits of training without, whatever stays there.
#include <cstdint>
#include <cstring>
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

SmallJobOptions Options(const std::string& optimizer, RowSemantics row_semantics, int workers = 1) {
  SmallJobOptions options;
  options.workers = workers;
  options.parameter_servers = 1;
  options.optimizer = optimizer;
  options.row_semantics = row_semantics;
  return options;
}

ResolvedJob WithCache(ResolvedJob job, int64_t bytes, int max_staleness = 0) {
  RowCacheConfig* cache = job.mutable_job()->mutable_cluster()->mutable_row_cache();
  cache->set_bytes(bytes);
  cache->set_max_staleness(max_staleness);
  return job;
}

class DeviceRowCacheTest : public DeviceSuite {
 protected:
  struct Run {
    std::vector<float> floats;  // Rows of all tables and dense parameters after the last step.
    uint64_t reads = 0;
    uint64_t hits = 0;
  };
  DriverGroup MakeGroup(const ResolvedJob& job, const TrainingData& data) {
    return DriverGroup(job, data, kSeed, ModelsOn(&device()));
  }
  static Run Finish(const ResolvedJob& job, DriverGroup& group) {
    EXPECT_TRUE(group.Run().ok());
    Run run;
    for (int table = 0; table < job.job().tables_size(); ++table) {
      const std::vector<float> rows = group.Rows(table);
      run.floats.insert(run.floats.end(), rows.begin(), rows.end());
    }
    if (const DenseParameters* dense = group.driver(0).dense_parameters()) {
      const std::vector<float> values = FloatsOf(*dense);
      run.floats.insert(run.floats.end(), values.begin(), values.end());
    }
    run.reads = group.reports(0).back().row_cache_reads();
    run.hits = group.reports(0).back().row_cache_hits();
    return run;
  }
  Run Train(const ResolvedJob& job, const TrainingData& data) {
    DriverGroup group = MakeGroup(job, data);
    return Finish(job, group);
  }

  // Whether training with a cache of `bytes` has the bits of training without.
  void ExpectSameBits(const ResolvedJob& job, const TrainingData& data) {
    const Run without = Train(job, data);
    EXPECT_EQ(without.reads, 0U);
    // For five or six rows of a table, for more of them, for all.
    for (const int64_t bytes : {int64_t{1500}, int64_t{5000}, kEverything}) {
      SCOPED_TRACE(testing::Message() << "bytes " << bytes);
      const Run with = Train(WithCache(job, bytes), data);
      ASSERT_EQ(with.floats.size(), without.floats.size());
      EXPECT_EQ(std::memcmp(with.floats.data(), without.floats.data(), with.floats.size() * sizeof(float)), 0);
      EXPECT_GT(with.hits, 0U);
      EXPECT_LT(with.hits, with.reads);
    }
  }
};

TEST_P(DeviceRowCacheTest, OneWorkerHasTheBitsOfTrainingWithout) {
  for (const char* optimizer : kRowOptimizers) {
    for (const RowSemantics row_semantics : {LAZY, DENSE_EQUIVALENT}) {
      SCOPED_TRACE(testing::Message() << optimizer << ", " << RowSemantics_Name(row_semantics));
      const ResolvedJob job = SmallJob(Options(optimizer, row_semantics));
      ExpectSameBits(job, SmallData(job));
    }
  }
}

TEST_P(DeviceRowCacheTest, RowsWiderThanAKernelsLanesToo) {
  SmallJobOptions options = Options("adam { weight_decay: 0.01 }", DENSE_EQUIVALENT);
  options.embedding_dim = 20;
  const ResolvedJob job = SmallJob(options);
  ExpectSameBits(job, SmallData(job));
}

TEST_P(DeviceRowCacheTest, ImplicitFactorizationToo) {
  const ResolvedJob job =
      SmallImplicitJob("num_negatives: 3 item_bias_table: 'item_bias'", Options("adam {}", DENSE_EQUIVALENT));
  ExpectSameBits(job, SmallData(job));
}

TEST_P(DeviceRowCacheTest, NetworksToo) {
  for (const char* loss : kNetworkLosses) {
    SCOPED_TRACE(loss);
    SmallNetworkOptions network;
    network.loss = loss;
    const ResolvedJob job = SmallNetworkJob(network, Options("adagrad {}", LAZY));
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

TEST_P(DeviceRowCacheTest, FrozenTablesAndPaddingRowsStayAsTheyAre) {
  ResolvedJob job = SmallJob(Options("sgd { momentum: 0.9 }", DENSE_EQUIVALENT));
  TableConfig* user = job.mutable_job()->mutable_tables(0);
  user->set_freeze(true);
  user->mutable_optimizer()->mutable_sgd()->Clear();
  user->set_row_semantics(LAZY);
  job.mutable_job()->mutable_tables(1)->set_padding_idx(3);
  ExpectSameBits(job, SmallData(job));
}

TEST_P(DeviceRowCacheTest, AWorkerThatComesBackBeginsWithAnEmptyCacheAndHasTheBitsToo) {
  const ResolvedJob job = SmallJob(Options("adam { weight_decay: 0.01 }", DENSE_EQUIVALENT));
  const TrainingData data = SmallData(job);
  DriverGroup group = MakeGroup(WithCache(job, 5000), data);
  while (group.driver(0).step() < 6) group.Turn(0);
  group.RestartWorkers();
  EXPECT_EQ(Finish(job, group).floats, Train(job, data).floats);
}

TEST_P(DeviceRowCacheTest, ATableThatFitsIsPulledOnce) {
  const ResolvedJob job = SmallJob(Options("sgd {}", LAZY));
  const TrainingData data = SmallData(job);
  const Run run = Train(WithCache(job, kEverything), data);
  // Rows of users and items, of their biases, and the global bias: each is missing when it is first read.
  const SmallJobOptions sizes;
  EXPECT_LE(run.reads - run.hits, static_cast<uint64_t>(2 * sizes.num_users + 2 * sizes.num_items + 1));
}

// A row that may be no step old is pulled for each.
TEST_P(DeviceRowCacheTest, SeveralWorkersWithoutStalenessHaveTheBitsOfTrainingWithout) {
  const ResolvedJob job = SmallJob(Options("adam { weight_decay: 0.01 }", DENSE_EQUIVALENT, /*workers=*/3));
  const TrainingData data = SmallData(job);
  const Run with = Train(WithCache(job, kEverything, /*max_staleness=*/0), data);
  EXPECT_EQ(with.hits, 0U);
  EXPECT_EQ(with.floats, Train(job, data).floats);
}

TEST_P(DeviceRowCacheTest, OfSeveralWorkersRowsAreBoundedlyStale) {
  const ResolvedJob job = SmallJob(Options("sgd {}", LAZY, /*workers=*/2));
  const TrainingData data = SmallData(job);
  const Run without = Train(job, data);
  const Run with = Train(WithCache(job, kEverything, /*max_staleness=*/2), data);
  const Run again = Train(WithCache(job, kEverything, /*max_staleness=*/2), data);
  EXPECT_EQ(again.floats, with.floats) << "what is stale depends on the step alone";
  EXPECT_NE(with.floats, without.floats);
  EXPECT_GT(with.hits, with.reads / 4);
  double difference = 0;
  double norm = 0;
  for (size_t i = 0; i < with.floats.size(); ++i) {
    const double distance = with.floats[i] - without.floats[i];
    difference += distance * distance;
    norm += double{without.floats[i]} * without.floats[i];
  }
  EXPECT_LT(difference, 0.05 * norm);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceRowCacheTest);

}  // namespace
}  // namespace shoal
