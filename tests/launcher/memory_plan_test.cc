#include "launcher/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MemoryPlanTest, TheWorkerOfAnEmbeddedJobHoldsEverything) {
  const absl::StatusOr<MemoryPlan> plan = PlanMemory(MakeTestJob(1, 0));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->num_holders, 1);
  EXPECT_THAT(plan->tables[0].rows, ElementsAre(10));
  // Plain SGD of 4 floats: one row is padded to 64 bytes.
  EXPECT_EQ(plan->tables[0].row_bytes, 64);
  EXPECT_EQ(plan->HolderBytes(0), 2 * 10 * 64);
}

TEST(MemoryPlanTest, RowsFollowTheirPartitions) {
  const absl::StatusOr<MemoryPlan> plan = PlanMemory(MakeTestJob(1, 3));
  ASSERT_TRUE(plan.ok()) << plan.status();
  // 10 rows in 8 partitions: 0 and 1 have two rows. Server 0: partitions 0, 3, 6; 1: 1, 4, 7; 2: 2, 5.
  EXPECT_THAT(plan->tables[0].rows, ElementsAre(4, 4, 2));
  // 10 rows in 4 partitions of 3, 3, 2, 2 rows.
  EXPECT_THAT(plan->tables[1].rows, ElementsAre(5, 3, 2));
  EXPECT_EQ(plan->HolderBytes(2), 4 * 64);
}

// The most rows that a job may ask for (common/config/validate_tables.cc), each with the most state and padding.
TEST(MemoryPlanTest, TheLargestTablesHaveAPlan) {
  ResolvedJob job = MakeTestJob(1, 3);
  job.mutable_job()->clear_tables();
  for (int i = 0; i < 1000; ++i) {
    TableConfig* const table = job.mutable_job()->add_tables();
    table->set_num_embeddings(10000000000000);
    table->set_embedding_dim(1);
    table->mutable_optimizer()->mutable_adam();
  }
  const absl::StatusOr<MemoryPlan> plan = PlanMemory(job);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->TotalBytes(), int64_t{1000} * 10000000000000 * 64);
  job.mutable_job()->clear_tables();
  TableConfig* const table = job.mutable_job()->add_tables();
  table->set_num_embeddings(10000000000000);
  table->set_embedding_dim(1000);
  table->mutable_optimizer()->mutable_adam();
  EXPECT_EQ(PlanMemory(job)->TotalBytes(), 10000000000000 * PlanMemory(job)->tables[0].row_bytes);
}

TEST(MemoryPlanTest, RowsThatWouldNotFitAreWarnedOf) {
  const absl::StatusOr<MemoryPlan> plan = PlanMemory(MakeTestJob(1, 3));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->TotalBytes(), 20 * 64);
  EXPECT_EQ(MemoryWarning(*plan, 20 * 64), "");
  EXPECT_THAT(MemoryWarning(*plan, 1024), HasSubstr("warning: the rows of the tables take 1.2 KiB once all of them "
                                                    "exist, and this machine has 1.0 KiB of memory"));
  EXPECT_EQ(MemoryWarning(*plan, 0), "") << "not known";
}

TEST(MemoryPlanTest, OptimizerStateCounts) {
  ResolvedJob job = MakeTestJob(1, 0);
  job.mutable_job()->mutable_tables(0)->set_embedding_dim(64);
  job.mutable_job()->mutable_tables(0)->mutable_optimizer()->mutable_adam();
  const absl::StatusOr<MemoryPlan> plan = PlanMemory(job);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->tables[0].row_bytes, 3 * 64 * 4);
}

}  // namespace
}  // namespace shoal
