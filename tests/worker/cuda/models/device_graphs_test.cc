// Training whose launches are recorded and launched as graphs: the bits of training without, though what was queued at
// the recording is never asked again. What differs between steps and got into a graph would show here.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/models/device_job_variants.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/driver_group.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 21;

// Passes everything on and counts.
class CountingRecorder : public LaunchRecorder {
 public:
  explicit CountingRecorder(std::unique_ptr<LaunchRecorder> recorder) : recorder_(std::move(recorder)) {}

  absl::Status Begin() override { return recorder_->Begin(); }
  absl::StatusOr<std::unique_ptr<RecordedLaunches>> End() override {
    absl::StatusOr<std::unique_ptr<RecordedLaunches>> recorded = recorder_->End();
    if (!recorded.ok()) return recorded;
    ++num_recorded;
    return std::make_unique<Counted>(*std::move(recorded), &num_launched);
  }

  int num_recorded = 0;
  int num_launched = 0;

 private:
  class Counted : public RecordedLaunches {
   public:
    Counted(std::unique_ptr<RecordedLaunches> launches, int* count) : launches_(std::move(launches)), count_(*count) {}
    void Launch() override {
      ++count_;
      launches_->Launch();
    }

   private:
    const std::unique_ptr<RecordedLaunches> launches_;
    int& count_;
  };
  const std::unique_ptr<LaunchRecorder> recorder_;
};

// Every layer.
constexpr const char* kTower = R"pb(
  tower { linear { out_features: 9 } }
  tower { layer_norm {} }
  tower { relu {} }
  tower { dropout { p: 0.4 } }
  tower { linear { out_features: 7 bias: false } }
  tower { prelu {} }
  tower { layer_norm { elementwise_affine: false } }
  tower { prelu { num_parameters: 7 } }
  tower { dropout { p: 0.2 } }
  tower { tanh {} }
  tower { linear { out_features: 3 } }
)pb";

class DeviceGraphsTest : public DeviceSuite {
 protected:
  struct Run {
    std::vector<float> floats;  // Rows of all tables, and dense parameters, values and state, of every checkpoint.
    std::vector<std::string> reports;
    int num_recorded = 0;
    int num_launched = 0;
  };

  // On a device of its own. `restart_after` a step the worker is lost and comes back; 0: never.
  static Run Train(ResolvedJob job, const TrainingData& data, bool cuda_graphs, uint64_t restart_after = 0) {
    job.mutable_job()->mutable_cluster()->set_cuda_graphs(cuda_graphs);
    ComputeDevice device = GetParam().make().value();
    auto counting = std::make_unique<CountingRecorder>(std::move(device.recorder));
    const CountingRecorder& recorder = *counting;
    device.recorder = std::move(counting);
    Run run;
    DriverGroup group(job, data, kSeed, ModelsOn(&device));
    if (restart_after > 0) {
      while (group.driver(0).step() < restart_after) group.Turn(0);
      group.RestartWorkers();
    }
    EXPECT_TRUE(group.Run().ok());
    for (int table = 0; table < job.job().tables_size(); ++table) {
      const std::vector<float> rows = group.Rows(table);
      run.floats.insert(run.floats.end(), rows.begin(), rows.end());
    }
    for (const auto& [step, dense] : group.sink(0).dense) {
      run.floats.insert(run.floats.end(), dense.begin(), dense.end());
    }
    for (const ProgressReport& report : group.reports(0)) {
      run.reports.push_back(report.epoch_train().SerializeAsString() + report.validation().SerializeAsString());
    }
    run.num_recorded = recorder.num_recorded;
    run.num_launched = recorder.num_launched;
    return run;
  }

  static void ExpectSameBits(const ResolvedJob& job, const TrainingData& data) {
    const Run without = Train(job, data, /*cuda_graphs=*/false);
    EXPECT_EQ(without.num_launched, 0);
    const Run with = Train(job, data, /*cuda_graphs=*/true);
    ASSERT_EQ(with.floats.size(), without.floats.size());
    EXPECT_EQ(std::memcmp(with.floats.data(), without.floats.data(), with.floats.size() * sizeof(float)), 0);
    EXPECT_EQ(with.reports, without.reports);
    // Most batches of training, at least, both ways.
    const int steps = static_cast<int>(job.total_steps());
    EXPECT_GT(with.num_launched, 3 * steps / 2);
  }

  // The rate changes at every step, the last batch of an epoch is smaller, as is that of validation, whose batches are
  // larger.
  static SmallJobOptions Options(int workers = 1) {
    SmallJobOptions options;
    options.workers = workers;
    options.parameter_servers = 1;
    options.optimizer = "adam { weight_decay: 0.01 }";
    options.num_validation_examples = 41;
    options.epochs = 8;
    return options;
  }
  static ResolvedJob Job(const SmallJobOptions& options, const std::string& loss = kNetworkLosses[0],
                         const std::string& tower = kTower) {
    SmallNetworkOptions network;
    network.tower = tower;
    network.loss = loss;
    ResolvedJob job = SmallNetworkJob(network, options);
    job.mutable_job()->mutable_training()->set_validation_batch_size(23);
    return job;
  }
};

TEST_P(DeviceGraphsTest, EveryLossHasTheBitsOfTrainingWithout) {
  for (const char* loss : kNetworkLosses) {
    SCOPED_TRACE(loss);
    const ResolvedJob job = Job(Options(), loss);
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

TEST_P(DeviceGraphsTest, EveryOptimizerToo) {
  for (const char* optimizer : kRowOptimizers) {
    SCOPED_TRACE(optimizer);
    SmallJobOptions options = Options();
    options.optimizer = optimizer;
    const ResolvedJob job = Job(options);
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

// Which the host sums: their backward pass is recorded too.
TEST_P(DeviceGraphsTest, SeveralWorkersToo) {
  for (const char* loss : kNetworkLosses) {
    SCOPED_TRACE(loss);
    const ResolvedJob job = Job(Options(/*workers=*/3), loss);
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

TEST_P(DeviceGraphsTest, TowersWithoutParametersOrLayersToo) {
  for (const std::string tower : {"tower { dropout { p: 0.5 } } tower { l2_normalize {} }", ""}) {
    SCOPED_TRACE(tower);
    const ResolvedJob job = Job(Options(), "loss { triplet { mining: ALL } }", tower);
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

TEST_P(DeviceGraphsTest, AWorkerThatComesBackToo) {
  const ResolvedJob job =
      Job(Options(), "loss { triplet { mining: ALL } }", "tower { dropout { p: 0.5 } } tower { tanh {} }");
  const TrainingData data = SmallNetworkData(job);
  const Run with = Train(job, data, /*cuda_graphs=*/true, /*restart_after=*/17);
  EXPECT_GT(with.num_launched, 0);
  EXPECT_EQ(with.floats, Train(job, data, /*cuda_graphs=*/false).floats);
}

TEST_P(DeviceGraphsTest, ImagesAloneWhoseGradientNobodyReadsToo) {
  SmallNetworkOptions network;
  network.features = "features { image { column: 'picture' mean: 0.3 std: 0.5 } }";
  const ResolvedJob job = SmallNetworkJob(network, Options());
  ExpectSameBits(job, SmallNetworkData(job));
}

TEST_P(DeviceGraphsTest, EachShapeIsRecordedOnce) {
  const ResolvedJob job = Job(Options());
  const TrainingData data = SmallNetworkData(job);
  const Run run = Train(job, data, /*cuda_graphs=*/true);
  // Two shapes of training, forward and backward, and two of validation; what was recorded while buffers still grew, in
  // the first epochs, is forgotten.
  EXPECT_GE(run.num_recorded, 6);
  EXPECT_LE(run.num_recorded, 12);
}

// What their optimizers keep of each step grows by half at a time, so that it moves ever more rarely.
TEST_P(DeviceGraphsTest, BesideRowsThatStayOnTheDeviceToo) {
  for (const int parameter_servers : {0, 1}) {
    SCOPED_TRACE(testing::Message() << "parameter servers " << parameter_servers);
    SmallJobOptions options = Options();
    options.parameter_servers = parameter_servers;
    options.epochs = 40;
    ResolvedJob job = Job(options);
    job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 24);
    ExpectSameBits(job, SmallNetworkData(job));
  }
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceGraphsTest);

}  // namespace
}  // namespace shoal
