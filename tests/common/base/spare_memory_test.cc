#include "common/base/spare_memory.h"

#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"

namespace shoal {
namespace {

constexpr size_t kBytes = 100000;

TEST(SpareMemoryTest, ABlockThatWasFreedIsGivenAgain) {
  SpareMemory memory(/*max_spare=*/4);
  void* const first = memory.Allocate(kBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0U);
  std::memset(first, 1, kBytes);
  memory.Free(first);
  void* const larger = memory.Allocate(kBytes + kBytes / 10);
  EXPECT_EQ(larger, first) << "some more is taken than was asked for";
  void* const second = memory.Allocate(kBytes);
  EXPECT_NE(second, first);
  std::memset(second, 2, kBytes);
  memory.Free(larger);
  memory.Free(second);
}

TEST(SpareMemoryTest, ABlockOfAnotherSizeIsNot) {
  SpareMemory memory(/*max_spare=*/4);
  void* const block = memory.Allocate(kBytes);
  memory.Free(block);
  void* const larger = memory.Allocate(2 * kBytes);
  EXPECT_NE(larger, block);
  void* const smaller = memory.Allocate(kBytes / 4);
  EXPECT_NE(smaller, block) << "most of it would lie idle";
  memory.Free(larger);
  memory.Free(smaller);
}

TEST(SpareMemoryTest, OfTooManyTheOneThatWasFreedFirstGoes) {
  SpareMemory memory(/*max_spare=*/1);
  void* const small = memory.Allocate(kBytes);
  void* const large = memory.Allocate(16 * kBytes);
  memory.Free(large);
  memory.Free(small);
  void* const again = memory.Allocate(kBytes);
  EXPECT_EQ(again, small);
  memory.Free(again);
}

TEST(SpareMemoryTest, ABlockThatNobodyTakesGoes) {
  SpareMemory memory(/*max_spare=*/4);
  memory.Free(memory.Allocate(16 * kBytes));
  for (uint64_t i = 0; i <= SpareMemory::kMaxIdle; ++i) memory.Free(memory.Allocate(kBytes));
  EXPECT_EQ(memory.num_spare(), 1U);
}

TEST(SpareMemoryTest, ABlockOfHugePagesToo) {
  constexpr size_t kLarge = size_t{5} << 20;
  SpareMemory memory(/*max_spare=*/2);
  void* const block = memory.Allocate(kLarge);
  std::memset(block, 1, kLarge);
  memory.Free(block);
  EXPECT_EQ(memory.Allocate(kLarge), block);
  memory.Free(block);
}

}  // namespace
}  // namespace shoal
