// What models allocate on a device against what PlanDeviceMemory says that they may.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "tests/support/small_job.h"
#include "tests/worker/driver_group.h"
#include "tests/worker/network_problem.h"
#include "worker/compute/device_memory_plan.h"
#include "worker/cuda/models/create_device_model.h"

namespace shoal {
namespace {

// Passes everything on and counts what is allocated.
class CountingMemory final : public ComputeMemory {
 public:
  explicit CountingMemory(std::unique_ptr<ComputeMemory> memory, size_t limit = ~size_t{0})
      : memory_(std::move(memory)), limit_(limit) {}

  int64_t peak_bytes() const { return peak_; }

  absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) override {
    if (bytes > limit_) return absl::ResourceExhaustedError(absl::StrCat("no memory for ", purpose));
    absl::StatusOr<void*> memory = memory_->Allocate(bytes, purpose);
    if (memory.ok()) {
      sizes_[*memory] = static_cast<int64_t>(bytes);
      held_ += static_cast<int64_t>(bytes);
      peak_ = std::max(peak_, held_);
    }
    return memory;
  }
  void Free(void* memory) override {
    held_ -= sizes_[memory];
    memory_->Free(memory);
  }
  void CopyToDevice(const void* from, size_t bytes, void* to) override { memory_->CopyToDevice(from, bytes, to); }
  void CopyToHost(const void* from, size_t bytes, void* to) override { memory_->CopyToHost(from, bytes, to); }
  void Clear(void* memory, size_t bytes) override { memory_->Clear(memory, bytes); }
  absl::Status Wait() override { return memory_->Wait(); }

 private:
  const std::unique_ptr<ComputeMemory> memory_;
  const size_t limit_;  // Of one block.
  std::map<void*, int64_t> sizes_;
  int64_t held_ = 0;
  int64_t peak_ = 0;
};

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
  train([&](const ResolvedJob& resolved, const Schedule& schedule, const TrainingData* examples) {
    return CreateDeviceModel(&device, resolved, schedule, examples);
  });
  const int64_t planned = VariableBytes(PlanDeviceMemory(job));
  EXPECT_LE(memory.peak_bytes(), planned);
  EXPECT_GE(memory.peak_bytes(), planned / 4) << "a bound that says nothing";
}

// Of a step.
void ExpectBound(const ResolvedJob& job, const TrainingData& data) {
  ExpectBound(job, [&](const ModelFactory& create_model) {
    NetworkProblem problem(job, data, kBatch);
    problem.create_model = create_model;
    problem.Train();
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

TEST(DeviceMemoryBoundTest, ARowCacheThatDoesNotFitIsAnErrorThatNamesItsTable) {
  ComputeDevice device = MakeHostDevice();
  device.memory = std::make_unique<CountingMemory>(std::move(device.memory), /*limit=*/100000);
  ResolvedJob job = SmallJob(Options());
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 20);
  const Schedule schedule = Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()).value();
  const auto model = CreateDeviceModel(&device, job, schedule, nullptr);
  EXPECT_EQ(model.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(model.status().message(), "no memory for the row cache of user");
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

}  // namespace
}  // namespace shoal
