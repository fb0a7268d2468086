#include "parameter_server/partition.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace shoal {
namespace {

TEST(PartitionTest, RowsBeginUncreatedAlignedAndZero) {
  Partition partition(/*row_floats=*/16, /*num_slots=*/130);
  EXPECT_EQ(partition.num_slots(), 130);
  EXPECT_EQ(partition.num_created(), 0);
  for (int64_t slot = 0; slot < 130; ++slot) {
    EXPECT_FALSE(partition.created(slot));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(partition.row(slot)) % 64, 0u);
    for (int i = 0; i < 16; ++i) ASSERT_EQ(partition.row(slot)[i], 0.0f);
  }
}

TEST(PartitionTest, RowsAreMarkedOneByOne) {
  Partition partition(16, 130);
  for (int64_t slot : {0, 63, 64, 129}) partition.MarkCreated(slot);
  EXPECT_EQ(partition.num_created(), 4);
  for (int64_t slot = 0; slot < 130; ++slot) {
    EXPECT_EQ(partition.created(slot), slot == 0 || slot == 63 || slot == 64 || slot == 129) << slot;
  }
}

TEST(PartitionTest, RowsDoNotOverlap) {
  Partition partition(32, 3);
  EXPECT_EQ(partition.row(1) - partition.row(0), 32);
  EXPECT_EQ(partition.row(2) - partition.row(1), 32);
}

TEST(PartitionTest, APartitionMayBeEmpty) { EXPECT_EQ(Partition(16, 0).num_created(), 0); }

// 64 GiB of rows, of which one is touched.
TEST(PartitionTest, MemoryOfRowsThatNobodyTouchesIsNotCommitted) {
  constexpr int64_t kSlots = int64_t{1} << 24;
  Partition partition(1024, kSlots);
  partition.row(kSlots - 1)[1023] = 1;
  partition.MarkCreated(kSlots - 1);
  EXPECT_TRUE(partition.created(kSlots - 1));
}

}  // namespace
}  // namespace shoal
