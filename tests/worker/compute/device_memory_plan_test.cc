#include "worker/compute/device_memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::map<std::string, int64_t> BytesByName(const DeviceMemoryPlan& plan) {
  std::map<std::string, int64_t> bytes;
  for (const DeviceMemoryPlan::Entry& entry : plan.entries) bytes[entry.name] = entry.bytes;
  return bytes;
}

SmallJobOptions LargeTables() {
  SmallJobOptions options;
  options.num_users = 100000;
  options.num_items = 10;
  options.embedding_dim = 64;
  options.batch_size = 1000;
  options.num_train_examples = 5000;
  options.num_validation_examples = 0;
  return options;
}

TEST(DeviceMemoryPlanTest, ABatchReadsNoMoreRowsThanItHasExamplesOrTheTableHas) {
  const std::map<std::string, int64_t> bytes = BytesByName(PlanDeviceMemory(SmallJob(LargeTables())));
  // With what buffers grow by.
  EXPECT_EQ(bytes.at("rows of user"), 1000 * 64 * 4 * 3 / 2);
  EXPECT_EQ(bytes.at("row gradients of user"), 1000 * 64 * 4 * 3 / 2);
  EXPECT_EQ(bytes.at("rows of item"), 10 * 64 * 4 * 3 / 2);
  EXPECT_EQ(bytes.at("rows of global_bias"), 1 * 4 * 3 / 2);
}

TEST(DeviceMemoryPlanTest, WorkersShareABatch) {
  SmallJobOptions options = LargeTables();
  options.workers = 3;
  options.parameter_servers = 1;
  EXPECT_EQ(BytesByName(PlanDeviceMemory(SmallJob(options))).at("rows of user"), 334 * 64 * 4 * 3 / 2);
}

TEST(DeviceMemoryPlanTest, TheLargerOfTrainingAndValidationCounts) {
  SmallJobOptions options = LargeTables();
  options.num_validation_examples = 3000;
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_training()->set_validation_batch_size(4096);
  EXPECT_EQ(BytesByName(PlanDeviceMemory(job)).at("rows of user"), 3000 * 64 * 4 * 3 / 2);
  job.mutable_job()->mutable_training()->set_validation_batch_size(2000);
  EXPECT_EQ(BytesByName(PlanDeviceMemory(job)).at("rows of user"), 2000 * 64 * 4 * 3 / 2);
}

TEST(DeviceMemoryPlanTest, FrozenTablesHaveNoGradients) {
  ResolvedJob job = SmallJob(LargeTables());
  job.mutable_job()->mutable_tables(0)->set_freeze(true);
  const std::map<std::string, int64_t> bytes = BytesByName(PlanDeviceMemory(job));
  EXPECT_EQ(bytes.count("row gradients of user"), 0u);
  EXPECT_EQ(bytes.count("rows of user"), 1u);
}

TEST(DeviceMemoryPlanTest, ARowCacheIsCountedWithTheRowsThatArePulledIntoIt) {
  SmallJobOptions options = LargeTables();
  options.optimizer = "adagrad {}";
  options.row_semantics = LAZY;
  options.parameter_servers = 1;
  ResolvedJob job = SmallJob(options);
  EXPECT_EQ(BytesByName(PlanDeviceMemory(job)).count("row cache of user"), 0u);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(int64_t{1} << 30);
  const std::map<std::string, int64_t> bytes = BytesByName(PlanDeviceMemory(job));
  EXPECT_EQ(bytes.at("row cache of user"), 100000 * 128 * 4);
  EXPECT_EQ(bytes.at("pulled rows of user"), 1000 * (128 * 4 + 64 * 4 + 8) * 3 / 2);
  EXPECT_EQ(bytes.count("steps of user"), 0u);
}

TEST(DeviceMemoryPlanTest, OfAResidentTableNothingIsPulled) {
  SmallJobOptions options = LargeTables();
  options.optimizer = "adagrad {}";
  options.row_semantics = LAZY;
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(int64_t{1} << 30);
  const std::map<std::string, int64_t> bytes = BytesByName(PlanDeviceMemory(job));
  EXPECT_EQ(bytes.at("row cache of user"), 100000 * 128 * 4);
  EXPECT_EQ(bytes.count("pulled rows of user"), 0u);
  EXPECT_EQ(bytes.at("changed rows on their way to the host"), (int64_t{17} << 20) * 3 / 2);
}

TEST(DeviceMemoryPlanTest, DrawnItemsAreRead) {
  const std::map<std::string, int64_t> one =
      BytesByName(PlanDeviceMemory(SmallImplicitJob("num_negatives: 1", LargeTables())));
  const std::map<std::string, int64_t> four =
      BytesByName(PlanDeviceMemory(SmallImplicitJob("num_negatives: 4", LargeTables())));
  EXPECT_GT(four.at("examples"), 2 * one.at("examples"));
  EXPECT_GT(four.at("places of the rows"), one.at("places of the rows"));
}

TEST(DeviceMemoryPlanTest, ATowerHasOutputsAndParameters) {
  SmallNetworkOptions network;
  network.features = R"pb(features { dense { columns: "weight" columns: "price" } })pb";
  SmallJobOptions options = LargeTables();
  options.num_validation_examples = 0;
  const DeviceMemoryPlan plan = PlanDeviceMemory(SmallNetworkJob(network, options));
  const std::map<std::string, int64_t> bytes = BytesByName(plan);
  // Linear 2 to 6, tanh, linear 6 to 3.
  // With the two fields of Adam's state.
  EXPECT_EQ(bytes.at("tower: parameters, their gradients and optimizer state"),
            (2 + 2) * ((2 + 1) * 6 + (6 + 1) * 3) * 4 * 3 / 2);
  EXPECT_EQ(bytes.at("tower: inputs, outputs and their gradients"), 2 * 1000 * (2 + 6 + 6 + 3) * 4 * 3 / 2);
  EXPECT_THAT(plan.not_counted, IsEmpty());
}

TEST(DeviceMemoryPlanTest, MinedLossesTakeMemoryForAllPairsOfTheGlobalBatch) {
  SmallNetworkOptions network;
  SmallJobOptions options = LargeTables();
  const auto bytes_with = [&](const char* loss) {
    network.loss = loss;
    return BytesByName(PlanDeviceMemory(SmallNetworkJob(network, options)));
  };
  constexpr int64_t kPairs = int64_t{1000} * 1000;
  const std::map<std::string, int64_t> hardest = bytes_with("loss { triplet { mining: HARDEST } }");
  EXPECT_NEAR(static_cast<double>(hardest.at("loss")), kPairs * 8 * 1.5, 1e5);
  const std::map<std::string, int64_t> sorted = bytes_with("loss { triplet { mining: SEMI_HARD } }");
  EXPECT_NEAR(static_cast<double>(sorted.at("loss")), kPairs * (8 + 8 + 8 + 4) * 1.5, 1e5);
  EXPECT_NEAR(static_cast<double>(sorted.at("sorting")), kPairs * (8 + 4 + 4) * 1.5 + (4 << 20), 1e5);
  options.workers = 2;
  options.parameter_servers = 1;
  EXPECT_GE(bytes_with("loss { triplet { mining: HARDEST } }").at("loss"), hardest.at("loss"));
}

TEST(DeviceMemoryPlanTest, ValidationBySampledSoftmaxReadsAllClasses) {
  SmallNetworkOptions network;
  ResolvedJob job;
  const auto rows_with = [&](const char* fields) {
    network.loss = std::string("loss { sampled_softmax { num_sampled: 5 table: 'class' ") + fields + " } }";
    job = SmallNetworkJob(network, LargeTables());
    for (TableConfig& table : *job.mutable_job()->mutable_tables()) {
      if (table.name() == "class") table.set_num_embeddings(70000);
    }
    return BytesByName(PlanDeviceMemory(job)).at("rows of class");
  };
  // Of 3 floats each.
  EXPECT_EQ(rows_with(""), 70000 * 3 * 4 * 3 / 2);
  EXPECT_EQ(rows_with("sampled_validation: true"), (1000 + 5) * 3 * 4 * 3 / 2);
}

TEST(DeviceMemoryPlanTest, WhatTheJobDoesNotSayIsNamed) {
  const DeviceMemoryPlan plan = PlanDeviceMemory(SmallNetworkJob({}, LargeTables()));
  EXPECT_THAT(plan.not_counted, ElementsAre(HasSubstr("ids of column 'text'")));
}

TEST(DeviceMemoryPlanTest, TheTotalIsThatOfItsEntries) {
  const DeviceMemoryPlan plan = PlanDeviceMemory(SmallJob(LargeTables()));
  int64_t total = 0;
  for (const DeviceMemoryPlan::Entry& entry : plan.entries) total += entry.bytes;
  EXPECT_EQ(plan.TotalBytes(), total);
  EXPECT_THAT(plan.entries, Not(IsEmpty()));
}

}  // namespace
}  // namespace shoal
