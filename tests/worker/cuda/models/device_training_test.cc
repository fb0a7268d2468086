// Whole runs of training whose models a device computes: the CPU's weights to rounding, and the same bits every time.
#include <algorithm>
#include <cmath>
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
#include "worker/collective/gradient_sums.h"
#include "worker/collective/in_process_collective.h"
#include "worker/cuda/models/device_network_body.h"
#include "worker/network_model.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 11;

// Through a collective of the host, which takes one sum at a time: of the gradients as they are when they are started.
class SumsOfOneProcess : public GradientSums {
 public:
  SumsOfOneProcess(const ComputeDevice* device, std::unique_ptr<Collective> collective)
      : memory_(*device->memory), collective_(std::move(collective)) {}

  void Start(float* data, int64_t size) override {
    Bucket& bucket = buckets_.emplace_back(Bucket{data, std::vector<float>(size)});
    memory_.CopyToHost(data, size * sizeof(float), bucket.values.data());
    EXPECT_TRUE(memory_.Wait().ok());
    ++num_started;
  }
  void Await(Collective::Done done) override {
    done_ = std::move(done);
    Sum(0);
  }

  int num_started = 0;

 private:
  struct Bucket {
    float* data;
    std::vector<float> values;
  };

  void Sum(size_t number) {
    if (number < buckets_.size()) {
      collective_->AllReduceSum(absl::MakeSpan(buckets_[number].values), [this, number](const absl::Status& status) {
        EXPECT_TRUE(status.ok()) << status;
        Sum(number + 1);
      });
      return;
    }
    for (const Bucket& bucket : buckets_) {
      memory_.CopyToDevice(bucket.values.data(), bucket.values.size() * sizeof(float), bucket.data);
    }
    EXPECT_TRUE(memory_.Wait().ok());
    buckets_.clear();
    std::exchange(done_, nullptr)(absl::OkStatus());
  }

  ComputeMemory& memory_;
  const std::unique_ptr<Collective> collective_;
  std::vector<Bucket> buckets_;
  Collective::Done done_;
};

class DeviceTrainingTest : public DeviceSuite {
 protected:
  // Rows of all tables after the last step, and dense parameters as each checkpoint has them, values and state.
  std::vector<float> Train(const ResolvedJob& job, const TrainingData& data, const ModelFactory& create_model) {
    DriverGroup group(job, data, kSeed, create_model);
    EXPECT_TRUE(group.Run().ok());
    std::vector<float> floats;
    for (int table = 0; table < job.job().tables_size(); ++table) {
      const std::vector<float> rows = group.Rows(table);
      floats.insert(floats.end(), rows.begin(), rows.end());
    }
    for (const auto& [step, dense] : group.sink(0).dense) floats.insert(floats.end(), dense.begin(), dense.end());
    return floats;
  }

  ModelFactory OnDevice() const { return ModelsOn(&device()); }

  void ExpectTrainsAsTheCpu(const ResolvedJob& job, const TrainingData& data) {
    const std::vector<float> expected = Train(job, data, CreateModel);
    const std::vector<float> trained = Train(job, data, OnDevice());
    ASSERT_EQ(trained.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(trained[i], expected[i], 1e-4 * std::max(1.0F, std::abs(expected[i]))) << i;
    }
    const std::vector<float> again = Train(job, data, OnDevice());
    EXPECT_EQ(std::memcmp(again.data(), trained.data(), trained.size() * sizeof(float)), 0);
  }

  static SmallJobOptions Options(int workers) {
    SmallJobOptions options;
    options.workers = workers;
    options.parameter_servers = 1;
    options.optimizer = "sgd { momentum: 0.9 }";
    return options;
  }
};

TEST_P(DeviceTrainingTest, MatrixFactorization) {
  for (const int workers : {1, 3}) {
    const ResolvedJob job = SmallJob(Options(workers));
    ExpectTrainsAsTheCpu(job, SmallData(job));
  }
}

TEST_P(DeviceTrainingTest, ImplicitFactorization) {
  const ResolvedJob job = SmallImplicitJob("num_negatives: 3 item_bias_table: 'item_bias'", Options(2));
  ExpectTrainsAsTheCpu(job, SmallData(job));
}

TEST_P(DeviceTrainingTest, Networks) {
  for (const char* loss : kNetworkLosses) {
    SCOPED_TRACE(loss);
    SmallNetworkOptions network;
    network.loss = loss;
    const ResolvedJob job = SmallNetworkJob(network, Options(2));
    ExpectTrainsAsTheCpu(job, SmallNetworkData(job));
  }
}

TEST_P(DeviceTrainingTest, NetworksAreMultipliedInThePrecisionOfTheJob) {
  ResolvedJob job = SmallNetworkJob({}, Options(1));
  const TrainingData data = SmallNetworkData(job);
  const std::vector<float> highest = Train(job, data, OnDevice());
  job.mutable_job()->mutable_cluster()->set_matmul_precision(ClusterConfig::MEDIUM);
  const std::vector<float> medium = Train(job, data, OnDevice());
  ASSERT_EQ(medium.size(), highest.size());
  double largest = 0;
  for (size_t i = 0; i < medium.size(); ++i) largest = std::max<double>(largest, std::abs(medium[i] - highest[i]));
  // cuBLAS may take no tensor cores for products as small as these.
  if (GetParam().name != "Gpu") {
    EXPECT_GT(largest, 1e-5);
  }
  EXPECT_LT(largest, 0.1);
  job.mutable_job()->mutable_cluster()->set_matmul_precision(ClusterConfig::HIGHEST);
  const std::vector<float> again = Train(job, data, OnDevice());
  EXPECT_EQ(std::memcmp(again.data(), highest.data(), highest.size() * sizeof(float)), 0) << "the device remembers";
}

TEST_P(DeviceTrainingTest, EveryDenseOptimizer) {
  for (const std::string optimizer : {"sgd {}", "adagrad {}", "rowwise_adagrad {}", "adam { weight_decay: 0.01 }"}) {
    for (const int workers : {1, 3}) {
      SCOPED_TRACE(testing::Message() << optimizer << ", workers " << workers);
      SmallJobOptions options = Options(workers);
      options.optimizer = optimizer;
      const ResolvedJob job = SmallNetworkJob({}, options);
      ExpectTrainsAsTheCpu(job, SmallNetworkData(job));
    }
  }
}

// Beside the backward pass, bucket by bucket, as by the host behind it; a worker without examples takes part.
TEST_P(DeviceTrainingTest, GradientsMayBeSummedOnTheDevice) {
  for (const int batch_size : {16, 2}) {
    SmallJobOptions options = Options(/*workers=*/3);
    options.batch_size = batch_size;
    ResolvedJob job = SmallNetworkJob({}, options);
    const TrainingData data = SmallNetworkData(job);
    const std::vector<float> expected = Train(job, data, OnDevice());
    job.mutable_job()->mutable_cluster()->set_cuda_graphs(true);  // Of the forward pass alone: sums are not recorded.
    for (const int64_t bucket_floats : {1, 30, 1000}) {
      SCOPED_TRACE(testing::Message() << "batch size " << batch_size << ", bucket floats " << bucket_floats);
      std::vector<std::unique_ptr<SumsOfOneProcess>> sums;
      for (std::unique_ptr<Collective>& collective : MakeInProcessCollectives(3)) {
        sums.push_back(std::make_unique<SumsOfOneProcess>(&device(), std::move(collective)));
      }
      size_t rank = 0;  // Models are made in the order of ranks.
      const std::vector<float> trained =
          Train(job, data, [&](const ResolvedJob& resolved, const Schedule& schedule, const TrainingData*) {
            DeviceNetworkOptions network;
            network.sums = sums[rank++].get();
            network.bucket_floats = bucket_floats;
            return NetworkModel::Create(
                resolved, schedule,
                [&](const NetworkParts* parts, const JobConfig& config, absl::Span<const Lookup> lookups) {
                  return DeviceNetworkBody::Create(&device(), /*cache=*/nullptr, parts, config, lookups, network);
                });
          });
      // Weights and biases of two layers.
      const int buckets = bucket_floats == 1 ? 4 : bucket_floats == 30 ? 2 : 1;
      for (const auto& of_rank : sums) {
        EXPECT_EQ(of_rank->num_started, buckets * static_cast<int>(job.total_steps()));
      }
      ASSERT_EQ(trained.size(), expected.size());
      EXPECT_EQ(std::memcmp(trained.data(), expected.data(), trained.size() * sizeof(float)), 0);
    }
  }
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceTrainingTest);

}  // namespace
}  // namespace shoal
