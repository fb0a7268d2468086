#include "common/base/tracked_memory.h"

#include <cstddef>
#include <utility>

#include "gtest/gtest.h"
#include "tests/common/base/counting_host_memory.h"

namespace shoal {
namespace {

TEST(TrackedMemoryTest, WhatIsHandedOutIsContainedUntilItIsFreed) {
  CountingHostMemory heap;
  TrackedMemory memory(&heap);
  auto* const first = static_cast<std::byte*>(memory.Allocate(100));
  auto* const second = static_cast<std::byte*>(memory.Allocate(1000));
  for (const auto& [begin, size] : {std::pair(first, 100), std::pair(second, 1000)}) {
    EXPECT_TRUE(memory.Contains(begin, size));
    EXPECT_TRUE(memory.Contains(begin + 40, 60));
    EXPECT_TRUE(memory.Contains(begin + size, 0));
    EXPECT_FALSE(memory.Contains(begin, size + 1));
    EXPECT_FALSE(memory.Contains(begin + 1, size));
    EXPECT_FALSE(memory.Contains(begin + size, 1));
  }
  memory.Free(first);
  EXPECT_FALSE(memory.Contains(first, 1));
  EXPECT_TRUE(memory.Contains(second, 1000));
  memory.Free(second);
  EXPECT_FALSE(memory.Contains(second, 1));
  EXPECT_TRUE(heap.sizes.empty());
}

TEST(TrackedMemoryTest, MemoryThatCannotBeHadIsNull) {
  CountingHostMemory heap;
  heap.left = 10;
  TrackedMemory memory(&heap);
  EXPECT_EQ(memory.Allocate(11), nullptr);
  EXPECT_FALSE(memory.Contains(nullptr, 1));
}

}  // namespace
}  // namespace shoal
