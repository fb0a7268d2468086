#include "worker/cache/row_cache_plan.h"

#include <string>
#include <vector>

#include "common/optimizer/row_optimizer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::SizeIs;

constexpr int kUser = 0;
constexpr int64_t kRowBytes = 64;  // Of five weights and no state, and of a bias.

// Tables user (13 rows), item (17), user_bias (13), item_bias (17), global_bias (1), without state.
ResolvedJob JobWith(int64_t bytes, int workers = 1) {
  SmallJobOptions options;
  options.optimizer = "sgd {}";
  options.row_semantics = LAZY;
  options.workers = workers;
  options.parameter_servers = 1;
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(bytes);
  return job;
}

std::vector<uint32_t> Slots(const ResolvedJob& job) {
  std::vector<uint32_t> slots;
  const std::vector<RowCache::Table> plan = PlanRowCache(job).value();
  for (const RowCache::Table& table : plan) slots.push_back(table.directory.num_slots);
  return slots;
}

TEST(RowCachePlanTest, ATableThatFitsIsKeptWhole) {
  EXPECT_THAT(Slots(JobWith(61 * kRowBytes)), ElementsAre(13, 17, 13, 17, 1));
  EXPECT_THAT(Slots(JobWith(int64_t{1} << 40)), ElementsAre(13, 17, 13, 17, 1));
}

TEST(RowCachePlanTest, WhatTheSmallOnesLeaveIsSharedAlike) {
  // After global_bias 40 rows are left for four tables, then 30 for three, and so on.
  EXPECT_THAT(Slots(JobWith(41 * kRowBytes)), ElementsAre(10, 10, 10, 10, 1));
  EXPECT_THAT(Slots(JobWith(55 * kRowBytes)), ElementsAre(13, 14, 13, 14, 1));
}

TEST(RowCachePlanTest, BytesForNoRowAreNoCache) {
  EXPECT_THAT(Slots(JobWith(1)), ElementsAre(0, 0, 0, 0, 0));
  ResolvedJob job = JobWith(1);
  job.mutable_job()->mutable_cluster()->clear_row_cache();
  EXPECT_THAT(Slots(job), ElementsAre(0, 0, 0, 0, 0));
}

TEST(RowCachePlanTest, AnEmbeddedWorkersTablesThatFitAreResident) {
  const auto resident = [](const ResolvedJob& job) {
    std::vector<bool> are_resident;
    const std::vector<RowCache::Table> plan = PlanRowCache(job).value();
    for (const RowCache::Table& table : plan) are_resident.push_back(table.is_resident);
    return are_resident;
  };
  ResolvedJob job = JobWith(55 * kRowBytes);
  EXPECT_THAT(resident(job), Each(false));
  job.mutable_job()->mutable_cluster()->set_parameter_servers(0);
  EXPECT_THAT(resident(job), ElementsAre(true, false, true, false, true));
  job.mutable_job()->mutable_tables(kUser)->set_padding_idx(4);
  EXPECT_THAT(resident(job), ElementsAre(false, false, true, false, true)) << "its padding row takes no step";
  job.mutable_job()->mutable_cluster()->clear_row_cache();
  EXPECT_THAT(resident(job), Each(false));
}

TEST(RowCachePlanTest, ARowTakesItsStateWithIt) {
  SmallJobOptions options;
  options.embedding_dim = 32;
  options.optimizer = "adam {}";
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 20);
  const std::vector<RowCache::Table> plan = PlanRowCache(job).value();
  EXPECT_EQ(plan[kUser].row_floats, 3 * 32 + 16) << "weights, two moments, and the last step";
}

TEST(RowCachePlanTest, TablesWithRulesOfTheirServerAreNotCached) {
  const auto user_slots = [](void (*change)(TableConfig*)) {
    ResolvedJob job = JobWith(1 << 20);
    change(job.mutable_job()->mutable_tables(kUser));
    return Slots(job)[kUser];
  };
  EXPECT_EQ(user_slots([](TableConfig*) {}), 13U);
  EXPECT_EQ(user_slots([](TableConfig* table) { table->set_max_norm(1); }), 0U);
  EXPECT_EQ(user_slots([](TableConfig* table) { table->mutable_gradient_clipping(); }), 0U);
  EXPECT_EQ(user_slots([](TableConfig* table) { table->set_scale_grad_by_freq(true); }), 0U);
}

TEST(RowCachePlanTest, OfANetworkTablesOfItsFeaturesAndOfItsLossAreCached) {
  SmallNetworkOptions network;
  network.loss = "loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'class_bias' } }";
  ResolvedJob job = SmallNetworkJob(network);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 20);
  EXPECT_THAT(Slots(job), SizeIs(4));
  EXPECT_THAT(Slots(job), Each(Gt(0U)));
  // A table that no feature reads.
  network.features = R"pb(features { id { column: "item_id" table: "item" } })pb";
  job = SmallNetworkJob(network);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_bytes(1 << 20);
  EXPECT_EQ(Slots(job)[1], 0U) << "word";
}

TEST(RowCachePlanTest, RowsOfSeveralWorkersGetStale) {
  EXPECT_FALSE(PlanRowCache(JobWith(1 << 20)).value()[kUser].directory.max_staleness.has_value());
  ResolvedJob job = JobWith(1 << 20, /*workers=*/2);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_max_staleness(3);
  EXPECT_EQ(PlanRowCache(job).value()[kUser].directory.max_staleness, 3U);
}

TEST(RowCachePlanTest, FrozenRowsDoNot) {
  ResolvedJob job = JobWith(1 << 20, /*workers=*/2);
  job.mutable_job()->mutable_cluster()->mutable_row_cache()->set_max_staleness(3);
  job.mutable_job()->mutable_tables(kUser)->set_freeze(true);
  EXPECT_FALSE(PlanRowCache(job).value()[kUser].directory.max_staleness.has_value());
}

TEST(RowCachePlanTest, ThePaddingRowIsNotKept) {
  ResolvedJob job = JobWith(1 << 20);
  EXPECT_FALSE(PlanRowCache(job).value()[kUser].directory.uncached.has_value());
  job.mutable_job()->mutable_tables(kUser)->set_padding_idx(4);
  EXPECT_EQ(PlanRowCache(job).value()[kUser].directory.uncached, 4U);
}

}  // namespace
}  // namespace shoal
