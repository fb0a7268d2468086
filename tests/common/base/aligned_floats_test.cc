#include "common/base/aligned_floats.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

namespace shoal {
namespace {

// 2 MiB is the first size that is mapped.
constexpr size_t kHugePageFloats = (size_t{2} << 20) / sizeof(float);

// Gives one block, and knows whether it was given back.
class OneBlock : public HostMemory {
 public:
  void* Allocate(size_t bytes) override {
    EXPECT_LE(bytes, sizeof(block_));
    if (taken) return nullptr;
    taken = true;
    return std::memset(block_, 0xFF, sizeof(block_));
  }
  void Free(void* memory) override {
    EXPECT_EQ(memory, block_);
    taken = false;
  }
  bool Holds(const float* data) const { return static_cast<const void*>(data) == block_; }
  bool taken = false;

 private:
  alignas(64) unsigned char block_[1000 * sizeof(float)];
};

bool IsAligned(const AlignedFloats& floats) { return reinterpret_cast<uintptr_t>(floats.data()) % 64 == 0; }

TEST(AlignedFloatsTest, BlocksOfAnySizeAreAlignedAndZero) {
  for (size_t size : {size_t{1}, size_t{15}, size_t{16}, size_t{1000}, kHugePageFloats - 1, kHugePageFloats,
                      kHugePageFloats + 1, 3 * kHugePageFloats}) {
    AlignedFloats floats(size);
    ASSERT_EQ(floats.size(), size);
    EXPECT_TRUE(IsAligned(floats)) << size;
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(floats.data()[i], 0.0f) << size;
    floats.data()[size - 1] = 1;
  }
}

TEST(AlignedFloatsTest, AnEmptyBlockHasNoMemory) {
  EXPECT_EQ(AlignedFloats().data(), nullptr);
  EXPECT_EQ(AlignedFloats(0).data(), nullptr);
  EXPECT_EQ(AlignedFloats(0).size(), 0u);
}

TEST(AlignedFloatsTest, ReserveKeepsWhatItIsToldToAndIsZeroBehind) {
  for (size_t larger : {size_t{200}, 2 * kHugePageFloats}) {
    AlignedFloats floats(100);
    std::iota(floats.data(), floats.data() + 100, 1.0f);
    floats.Reserve(larger, 40);
    ASSERT_GE(floats.size(), larger);
    EXPECT_TRUE(IsAligned(floats));
    for (size_t i = 0; i < floats.size(); ++i) {
      ASSERT_EQ(floats.data()[i], i < 40 ? static_cast<float>(i + 1) : 0.0f) << i;
    }
  }
}

TEST(AlignedFloatsTest, MemoryOfTheCallerIsZeroedAndGivenBack) {
  OneBlock memory;
  {
    AlignedFloats floats = AlignedFloats::In(&memory);
    EXPECT_EQ(floats.data(), nullptr);
    floats.Reserve(100);
    EXPECT_TRUE(memory.Holds(floats.data()));
    for (int i = 0; i < 100; ++i) ASSERT_EQ(floats.data()[i], 0.0F);
  }
  EXPECT_FALSE(memory.taken);
}

TEST(AlignedFloatsTest, WhereTheCallersMemoryIsUsedUpTheHeapsServes) {
  OneBlock memory;
  AlignedFloats floats = AlignedFloats::In(&memory);
  floats.Reserve(100);
  floats.data()[99] = 7;
  floats.Reserve(200, 100);  // While it holds the only block.
  EXPECT_FALSE(memory.Holds(floats.data()));
  EXPECT_FALSE(memory.taken);
  EXPECT_EQ(floats.data()[99], 7.0F);
  EXPECT_EQ(floats.data()[150], 0.0F);
}

TEST(AlignedFloatsTest, ReservingWhatIsThereChangesNothing) {
  AlignedFloats floats(100);
  floats.data()[99] = 7;
  const float* before = floats.data();
  floats.Reserve(100);
  floats.Reserve(3, 1);
  EXPECT_EQ(floats.data(), before);
  EXPECT_EQ(floats.size(), 100u);
  EXPECT_EQ(floats.data()[99], 7.0f);
}

TEST(AlignedFloatsTest, ASlowlyGrowingNeedMakesFewBlocks) {
  AlignedFloats floats(64);
  int blocks = 0;
  for (size_t size = 64; size < 64000; ++size) {
    const float* before = floats.data();
    floats.Reserve(size);
    blocks += floats.data() != before;
  }
  EXPECT_LT(blocks, 25);
}

TEST(AlignedFloatsTest, MovingHandsTheMemoryOver) {
  for (size_t size : {size_t{16}, kHugePageFloats}) {
    AlignedFloats from(size);
    from.data()[3] = 5;
    const float* memory = from.data();
    AlignedFloats to(7);
    to = std::move(from);
    EXPECT_EQ(to.data(), memory);
    EXPECT_EQ(to.size(), size);
    EXPECT_EQ(to.data()[3], 5.0f);
  }
}

TEST(AlignedFloatsTest, ASizeWhoseBytesCannotBeCountedIsRefused) {
  constexpr size_t kMost = std::numeric_limits<size_t>::max();
  EXPECT_THROW(AlignedFloats{kMost}, std::bad_alloc);
  EXPECT_THROW(AlignedFloats{kMost / sizeof(float)}, std::bad_alloc);
  EXPECT_THROW(AlignedFloats{kMost / sizeof(float) + 2}, std::bad_alloc);
}

}  // namespace
}  // namespace shoal
