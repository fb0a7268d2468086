// Whole runs of training whose models a device computes: the CPU's weights to rounding, and the same bits every time.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/driver_group.h"
#include "worker/cuda/models/create_device_model.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 11;

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

  void ExpectTrainsAsTheCpu(const ResolvedJob& job, const TrainingData& data) {
    const ModelFactory on_device = [this](const ResolvedJob& resolved, const Schedule& schedule,
                                          const TrainingData* examples) {
      return CreateDeviceModel(&device(), resolved, schedule, examples);
    };
    const std::vector<float> expected = Train(job, data, CreateModel);
    const std::vector<float> trained = Train(job, data, on_device);
    ASSERT_EQ(trained.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(trained[i], expected[i], 1e-4 * std::max(1.0F, std::abs(expected[i]))) << i;
    }
    const std::vector<float> again = Train(job, data, on_device);
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
  for (const std::string loss :
       {"loss { softmax_cross_entropy {} }", "loss { triplet { mining: SEMI_HARD } }",
        "loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'class_bias' } }"}) {
    SCOPED_TRACE(loss);
    SmallNetworkOptions network;
    network.loss = loss;
    const ResolvedJob job = SmallNetworkJob(network, Options(2));
    ExpectTrainsAsTheCpu(job, SmallNetworkData(job));
  }
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

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceTrainingTest);

}  // namespace
}  // namespace shoal
