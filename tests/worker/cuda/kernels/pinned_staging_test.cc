#include "worker/cuda/kernels/pinned_staging.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "tests/common/base/counting_host_memory.h"

namespace shoal {
namespace {

class PinnedStagingTest : public testing::Test {
 protected:
  ~PinnedStagingTest() override {
    staging_.reset();
    EXPECT_TRUE(heap_.sizes.empty()) << "memory is left";
  }

  CountingHostMemory heap_;
  TrackedMemory pinned_{&heap_};
  std::unique_ptr<PinnedStaging> staging_ = std::make_unique<PinnedStaging>(&pinned_);
};

std::vector<uint8_t> Bytes(size_t size, int first = 1) {
  std::vector<uint8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), static_cast<uint8_t>(first));
  return bytes;
}

TEST_F(PinnedStagingTest, PinnedMemoryIsCopiedFromAndToAsItIs) {
  void* const memory = pinned_.Allocate(100);
  EXPECT_EQ(staging_->Outgoing(memory, 100), memory);
  EXPECT_EQ(staging_->Incoming(memory, 100), memory);
  EXPECT_EQ(heap_.num_allocations, 1);
  staging_->Finish();
  pinned_.Free(memory);
}

TEST_F(PinnedStagingTest, OtherMemoryIsCopiedToAPinnedPlaceAtOnce) {
  std::vector<std::vector<uint8_t>> sources;
  std::vector<const void*> staged;
  for (size_t size : {1, 63, 64, 65, 1000, 100000}) {
    sources.push_back(Bytes(size, static_cast<int>(size)));
    staged.push_back(staging_->Outgoing(sources.back().data(), size));
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    EXPECT_TRUE(pinned_.Contains(staged[i], sources[i].size()));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(staged[i]) % 64, 0U);
    EXPECT_EQ(std::memcmp(staged[i], sources[i].data(), sources[i].size()), 0) << "copy " << i;
  }
}

TEST_F(PinnedStagingTest, CopiesOfNothingTakeNoMemory) {
  EXPECT_EQ(staging_->Outgoing(nullptr, 0), nullptr);
  EXPECT_EQ(staging_->Incoming(nullptr, 0), nullptr);
  staging_->Finish();
  EXPECT_EQ(heap_.num_allocations, 0);
}

TEST_F(PinnedStagingTest, WhatComesInIsPutIntoItsPlaceByFinish) {
  std::vector<uint8_t> first(100);
  std::vector<uint8_t> second(200);
  void* const first_arrival = staging_->Incoming(first.data(), 100);
  void* const second_arrival = staging_->Incoming(second.data(), 200);
  std::memcpy(second_arrival, Bytes(200, 7).data(), 200);
  std::memcpy(first_arrival, Bytes(100, 9).data(), 100);
  EXPECT_EQ(first, std::vector<uint8_t>(100));
  staging_->Finish();
  EXPECT_EQ(first, Bytes(100, 9));
  EXPECT_EQ(second, Bytes(200, 7));
  first[0] = 99;
  staging_->Finish();
  EXPECT_EQ(first[0], 99) << "it arrives once";
}

TEST_F(PinnedStagingTest, OneBlockServesBatchAfterBatchOnceItIsLargeEnough) {
  const std::vector<uint8_t> bytes = Bytes(PinnedStaging::kMinBlockBytes / 3);
  for (int batch = 0; batch < 5; ++batch) {
    std::vector<const void*> staged;
    for (int copy = 0; copy < 10; ++copy) staged.push_back(staging_->Outgoing(bytes.data(), bytes.size()));
    for (const void* copy : staged) EXPECT_EQ(std::memcmp(copy, bytes.data(), bytes.size()), 0);
    staging_->Finish();
    EXPECT_EQ(heap_.sizes.size(), 1U) << "after batch " << batch;
  }
  const int allocations = heap_.num_allocations;
  for (int copy = 0; copy < 10; ++copy) staging_->Outgoing(bytes.data(), bytes.size());
  EXPECT_EQ(heap_.num_allocations, allocations);
}

TEST_F(PinnedStagingTest, WithoutPinnedMemoryAndForHugeCopiesTheirOwnMemoryServes) {
  std::vector<uint8_t> bytes = Bytes(100);
  EXPECT_EQ(staging_->Outgoing(bytes.data(), PinnedStaging::kMaxStagedBytes + 1), bytes.data());
  heap_.left = 0;
  EXPECT_EQ(staging_->Outgoing(bytes.data(), 100), bytes.data());
  EXPECT_EQ(staging_->Incoming(bytes.data(), 100), bytes.data());
  staging_->Finish();
  EXPECT_EQ(bytes, Bytes(100));
}

}  // namespace
}  // namespace shoal
