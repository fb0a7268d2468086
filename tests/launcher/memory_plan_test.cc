#include "launcher/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

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
