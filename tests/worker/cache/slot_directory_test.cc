#include "worker/cache/slot_directory.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kNoSlot = SlotDirectory::kNoSlot;

SlotDirectory::Options Options(uint64_t num_rows, uint32_t num_slots) {
  SlotDirectory::Options options;
  options.num_rows = num_rows;
  options.num_slots = num_slots;
  return options;
}

// One batch's answers.
struct Reads {
  std::vector<uint32_t> slots;
  std::vector<uint32_t> missing;
};

Reads Read(SlotDirectory& directory, uint64_t step, const std::vector<uint64_t>& ids) {
  Reads reads;
  directory.Read(step, ids, &reads.slots, &reads.missing);
  return reads;
}

TEST(SlotDirectoryTest, ARowIsFetchedOnce) {
  SlotDirectory directory(Options(100, 3));
  const Reads first = Read(directory, 1, {70, 7});
  EXPECT_THAT(first.missing, ElementsAre(0, 1));
  const Reads second = Read(directory, 2, {7, 8, 70});
  EXPECT_THAT(second.missing, ElementsAre(1));
  EXPECT_EQ(second.slots[0], first.slots[1]);
  EXPECT_EQ(second.slots[2], first.slots[0]);
}

TEST(SlotDirectoryTest, WhereAllRowsFitEachHasItsOwnSlot) {
  SlotDirectory directory(Options(5, 5));
  const Reads first = Read(directory, 1, {4, 0});
  EXPECT_THAT(first.slots, ElementsAre(4, 0));
  EXPECT_THAT(first.missing, ElementsAre(0, 1));
  EXPECT_THAT(Read(directory, 2, {0, 1, 2, 3, 4}).missing, ElementsAre(1, 2, 3));
  EXPECT_THAT(Read(directory, 3, {0, 1, 2, 3, 4}).missing, IsEmpty());
}

TEST(SlotDirectoryTest, ABatchLargerThanTheCacheKeepsWhatFits) {
  SlotDirectory directory(Options(100, 2));
  const Reads reads = Read(directory, 1, {1, 2, 3, 4});
  EXPECT_THAT(reads.missing, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(reads.slots, ElementsAre(0, 1, kNoSlot, kNoSlot));
}

TEST(SlotDirectoryTest, ARowThatIsReadOftenStays) {
  SlotDirectory directory(Options(1000, 4));
  uint64_t step = 0;
  for (int i = 0; i < 4; ++i) Read(directory, ++step, {1, 2, 3, 4});
  for (uint64_t id = 5; id < 9; ++id) {
    EXPECT_THAT(Read(directory, ++step, {id}).slots, ElementsAre(kNoSlot)) << "read once, it drives out no row";
  }
  EXPECT_THAT(Read(directory, ++step, {1, 2, 3, 4}).missing, IsEmpty());
}

TEST(SlotDirectoryTest, WhatWasFrequentOnceAges) {
  SlotDirectory directory(Options(1000, 4));
  uint64_t step = 0;
  for (int i = 0; i < 8; ++i) Read(directory, ++step, {1, 2, 3, 4});
  // A frequency of 8 is 1 after it has been halved three times, which takes 40 reads each.
  bool kept = false;
  for (int i = 0; i < 200 && !kept; ++i) kept = Read(directory, ++step, {9}).slots[0] != kNoSlot;
  EXPECT_TRUE(kept);
  EXPECT_GT(step, 8 + 40U);
}

TEST(SlotDirectoryTest, ARowThatIsNotToBeCachedNeverIs) {
  for (const uint32_t num_slots : {3, 10}) {
    SlotDirectory::Options options = Options(10, num_slots);
    options.uncached = 2;
    SlotDirectory directory(options);
    for (uint64_t step = 1; step < 4; ++step) {
      const Reads reads = Read(directory, step, {2, 3});
      EXPECT_EQ(reads.slots[0], kNoSlot);
      EXPECT_NE(reads.slots[1], kNoSlot);
      EXPECT_EQ(reads.missing.front(), 0U);
    }
  }
}

TEST(SlotDirectoryTest, AStaleRowIsFetchedAgainIntoItsSlot) {
  for (const uint32_t num_slots : {3, 10}) {
    SlotDirectory::Options options = Options(10, num_slots);
    options.max_staleness = 2;
    SlotDirectory directory(options);
    const uint32_t slot = Read(directory, 5, {7}).slots[0];
    EXPECT_THAT(Read(directory, 6, {7}).missing, IsEmpty());
    EXPECT_THAT(Read(directory, 7, {7}).missing, IsEmpty());
    const Reads stale = Read(directory, 8, {7});
    EXPECT_THAT(stale.missing, ElementsAre(0));
    EXPECT_THAT(stale.slots, ElementsAre(slot));
    EXPECT_THAT(Read(directory, 10, {7}).missing, IsEmpty());
    EXPECT_THAT(Read(directory, 11, {7}).missing, ElementsAre(0));
  }
}

// Against a plain map of what was fetched into which slot.
TEST(SlotDirectoryTest, ASlotHoldsOneRowAndABatchSharesNone) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const uint64_t num_rows = 1 + random() % 60;
    const auto num_slots = static_cast<uint32_t>(1 + random() % num_rows);
    SlotDirectory directory(Options(num_rows, num_slots));
    std::map<uint32_t, uint64_t> row_in_slot;
    std::vector<uint64_t> ids(num_rows);
    std::iota(ids.begin(), ids.end(), 0);
    for (uint64_t step = 1; step < 300; ++step) {
      std::shuffle(ids.begin(), ids.end(), random);
      const std::vector<uint64_t> batch(ids.begin(), ids.begin() + random() % num_rows);
      const Reads reads = Read(directory, step, batch);
      const std::set<uint32_t> missing(reads.missing.begin(), reads.missing.end());
      std::set<uint32_t> taken;
      for (uint32_t i = 0; i < batch.size(); ++i) {
        const uint32_t slot = reads.slots[i];
        if (slot == kNoSlot) {
          ASSERT_EQ(missing.count(i), 1U);
          continue;
        }
        ASSERT_LT(slot, num_slots);
        ASSERT_TRUE(taken.insert(slot).second);
        if (missing.count(i) == 0) {
          ASSERT_EQ(row_in_slot.at(slot), batch[i]);
        }
        row_in_slot[slot] = batch[i];
      }
    }
  }
}

constexpr uint64_t kZipfRows = 20000;
constexpr uint64_t kZipfSlots = 1000;

// Batches of ids by Zipf's law, the most frequent one being `hottest`, the next one behind it, and so on.
class ZipfBatches {
 public:
  explicit ZipfBatches(uint64_t seed) : random_(seed) {
    std::vector<double> weights(kZipfRows);
    for (uint64_t i = 0; i < kZipfRows; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -1.05);
    ranks_ = std::discrete_distribution<uint64_t>(weights.begin(), weights.end());
  }
  std::vector<uint64_t> Next(uint64_t hottest) {
    std::set<uint64_t> ids;
    for (int i = 0; i < 200; ++i) ids.insert((ranks_(random_) + hottest) % kZipfRows);
    return {ids.begin(), ids.end()};
  }

 private:
  std::mt19937_64 random_;
  std::discrete_distribution<uint64_t> ranks_;
};

// The share of reads that are hits, of so many batches.
double HitRate(SlotDirectory& directory, ZipfBatches& batches, uint64_t* step, int count, uint64_t hottest) {
  double reads = 0;
  double missing = 0;
  for (int i = 0; i < count; ++i) {
    const std::vector<uint64_t> ids = batches.Next(hottest);
    reads += static_cast<double>(ids.size());
    missing += static_cast<double>(Read(directory, ++*step, ids).missing.size());
  }
  return 1 - missing / reads;
}

// The share of a cache that holds the hottest rows from the start: the best without knowing the future.
double BestHitRate(ZipfBatches batches) {
  double reads = 0;
  double hits = 0;
  for (int i = 0; i < 200; ++i) {
    for (const uint64_t id : batches.Next(/*hottest=*/0)) {
      ++reads;
      if (id < kZipfSlots) ++hits;
    }
  }
  return hits / reads;
}

TEST(SlotDirectoryTest, KeepsTheHotRowsOfAZipfStreamAndFollowsThem) {
  constexpr uint64_t kSeed = 3;
  ZipfBatches batches(kSeed);
  const double best = BestHitRate(batches);
  SlotDirectory directory(Options(kZipfRows, kZipfSlots));
  uint64_t step = 0;
  for (const uint64_t hottest : {0, 7777}) {
    HitRate(directory, batches, &step, 600, hottest);
    const double rate = HitRate(directory, batches, &step, 200, hottest);
    EXPECT_GT(rate, 0.9 * best) << "seed " << kSeed << ", hottest " << hottest;
    printf("hottest %d: hit rate %.4f, of the hottest rows %.4f\n", static_cast<int>(hottest), rate, best);
  }
}

}  // namespace
}  // namespace shoal
