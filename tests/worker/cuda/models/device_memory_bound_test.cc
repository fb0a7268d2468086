// What models allocate on a device against what PlanDeviceMemory says that they may.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/models/counting_memory.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/driver_group.h"
#include "tests/worker/network_problem.h"
#include "worker/compute/device_memory_plan.h"
#include "worker/cuda/models/create_device_model.h"

namespace shoal {
namespace {

constexpr int kBatch = 2000;

SmallJobOptions Options() {
  SmallJobOptions options;
  options.num_users = 5000;
  options.num_items = 700;
  options.embedding_dim = 32;
  options.batch_size = kBatch;
  options.num_train_examples = 2 * kBatch;
  options.num_validation_examples = 100;
  options.optimizer = "sgd {}";
  return options;
}

// Beside what every job has of constant size, which small jobs do not allocate.
int64_t VariableBytes(const DeviceMemoryPlan& plan) {
  int64_t bytes = 0;
  for (const DeviceMemoryPlan::Entry& entry : plan.entries) {
    if (entry.name != "cuBLAS workspace" && entry.name != "sorting") bytes += entry.bytes;
  }
  return bytes;
}

// Of what `train` allocates with models of the factory that it is called with.
void ExpectBound(const ResolvedJob& job, absl::FunctionRef<void(const ModelFactory&)> train) {
  ComputeDevice device = MakeHostDevice();
  auto counting = std::make_unique<CountingMemory>(std::move(device.memory));
  const CountingMemory& memory = *counting;
  device.memory = std::move(counting);
  train(ModelsOn(&device));
  const int64_t planned = VariableBytes(PlanDeviceMemory(job));
  EXPECT_LE(memory.peak_bytes(), planned);
  EXPECT_GE(memory.peak_bytes(), planned / 4) << "a bound that says nothing";
}

// Of a step and a validation batch.
void ExpectBound(const ResolvedJob& job, const TrainingData& data, int batch = kBatch) {
  ExpectBound(job, [&](const ModelFactory& create_model) {
    NetworkProblem problem(job, data, batch);
    problem.create_model = create_model;
    problem.Train();
    problem.Validate();
  });
}

TEST(DeviceMemoryBoundTest, MatrixFactorizationStaysBelowThePlan) {
  const ResolvedJob job = SmallJob(Options());
  ExpectBound(job, SmallData(job));
}

TEST(DeviceMemoryBoundTest, ARowCacheStaysBelowThePlan) {
  SmallJobOptions options = Options();
  options.optimizer = "adam {}";
  options.parameter_servers = 1;
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 20);
  const TrainingData data = SmallData(job);
  ExpectBound(job, [&](const ModelFactory& create_model) {
    DriverGroup group(job, data, /*seed=*/1, create_model);
    ASSERT_TRUE(group.Run().ok());
  });
}

TEST(DeviceMemoryBoundTest, ResidentTablesStayBelowThePlan) {
  SmallJobOptions options = Options();
  options.optimizer = "adam {}";
  for (const ResolvedJob& plain :
       {SmallJob(options), SmallImplicitJob("num_negatives: 5 item_bias_table: 'item_bias'", options)}) {
    ResolvedJob job = plain;
    job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(int64_t{1} << 30);
    const TrainingData data = SmallData(job);
    ExpectBound(job, [&](const ModelFactory& create_model) {
      DriverGroup group(job, data, /*seed=*/1, create_model);
      ASSERT_TRUE(group.Run().ok());
    });
  }
}

TEST(DeviceMemoryBoundTest, ARowCacheThatDoesNotFitIsAnErrorThatNamesItsTable) {
  ComputeDevice device = MakeHostDevice();
  device.memory = std::make_unique<CountingMemory>(std::move(device.memory), /*limit=*/100000);
  ResolvedJob job = SmallJob(Options());
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 20);
  const Schedule schedule = Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()).value();
  const auto model = CreateDeviceModel(&device, job, schedule, nullptr);
  EXPECT_EQ(model.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(model.status().message(), "no memory for the row cache of item");
}

TEST(DeviceMemoryBoundTest, ImplicitFactorizationStaysBelowThePlan) {
  for (const char* fields : {"", "num_negatives: 5 item_bias_table: 'item_bias'"}) {
    const ResolvedJob job = SmallImplicitJob(fields, Options());
    ExpectBound(job, SmallData(job));
  }
}

TEST(DeviceMemoryBoundTest, ANetworkStaysBelowThePlan) {
  SmallNetworkOptions network;
  network.features = R"pb(
    features { id { column: "item_id" table: "item" } }
    features { dense { columns: "weight" columns: "price" } }
    features { image { column: "picture" mean: 0.25 std: 0.5 } }
  )pb";
  const ResolvedJob job = SmallNetworkJob(network, Options());
  ExpectBound(job, SmallNetworkData(job));
}

TEST(DeviceMemoryBoundTest, EveryLossStaysBelowThePlan) {
  constexpr int kSmallBatch = 300;  // Mined losses take memory for all pairs.
  SmallJobOptions options = Options();
  options.batch_size = kSmallBatch;
  options.num_train_examples = 2 * kSmallBatch;
  SmallNetworkOptions network;
  network.features = R"pb(features { dense { columns: "weight" columns: "price" } })pb";
  for (const char* loss :
       {"loss { softmax_cross_entropy {} }", "loss { triplet { mining: ALL } }",
        "loss { triplet { mining: SEMI_HARD } }", "loss { triplet { mining: HARDEST distance: COSINE } }",
        "loss { contrastive {} }",
        "loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'class_bias' } }",
        "loss { sampled_softmax { num_sampled: 2 table: 'class' sampled_validation: true } }",
        "loss { triplet { mining: GIVEN } } members { columns: ['weight', 'price'] } members { columns: ['price', "
        "'weight'] }",
        "loss { contrastive { mining: GIVEN same: 'same' } } members { columns: ['price', 'weight'] }"}) {
    SCOPED_TRACE(loss);
    network.loss = loss;
    const ResolvedJob job = SmallNetworkJob(network, options);
    ExpectBound(job, SmallNetworkData(job), kSmallBatch);
  }
}

// Outputs of all workers come to each of them.
TEST(DeviceMemoryBoundTest, GatheredOutputsArePlanned) {
  SmallJobOptions options = Options();
  options.workers = 2;
  options.parameter_servers = 1;
  options.batch_size = 200;
  SmallNetworkOptions network;
  network.features = R"pb(features { dense { columns: "weight" columns: "price" } })pb";
  network.tower = "tower { linear { out_features: 500 } }";
  network.loss = "loss { triplet { mining: HARDEST } }";
  const auto loss_bytes = [&] {
    for (const DeviceMemoryPlan::Entry& entry : PlanDeviceMemory(SmallNetworkJob(network, options)).entries) {
      if (entry.name == "loss") return entry.bytes;
    }
    return int64_t{0};
  };
  const int64_t with_others = loss_bytes();
  options.workers = 1;
  EXPECT_EQ(with_others - loss_bytes(), 200 * 500 * 4 * 3 / 2);
}

}  // namespace
}  // namespace shoal
