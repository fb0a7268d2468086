#include "worker/cache/row_cache.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kRowFloats = 16;
constexpr uint32_t kNotPulled = CachedBatch::kNotPulled;

// Table 0 is not held, table 1 has two slots.
std::vector<RowCache::Table> Tables() {
  std::vector<RowCache::Table> tables(2);
  for (RowCache::Table& table : tables) {
    table.directory.num_rows = 10;
    table.row_floats = kRowFloats;
    table.segment = 5;
  }
  tables[1].directory.num_slots = 2;
  return tables;
}

TEST(RowCacheTest, HoldsTablesThatHaveSlots) {
  const RowCache cache(Tables(), nullptr);
  EXPECT_FALSE(cache.Holds(0));
  EXPECT_TRUE(cache.Holds(1));
}

TEST(RowCacheTest, PullsWhatIsMissingAndTheStateOfWhatItKeeps) {
  RowCache cache(Tables(), nullptr);
  cache.Read(1, 1, {3});
  const auto [kept, passing] = cache.Read(1, 2, {8, 3, 5, 9});
  EXPECT_EQ(kept.table, 1);
  EXPECT_THAT(kept.ids, ElementsAre(8));
  EXPECT_EQ(kept.row_floats, kRowFloats);
  EXPECT_EQ(passing.table, 1);
  EXPECT_THAT(passing.ids, ElementsAre(5, 9));
  EXPECT_EQ(passing.row_floats, 0) << "the weights alone";
  const CachedBatch& batch = cache.batch(1);
  EXPECT_EQ(batch.table, 1);
  EXPECT_EQ(batch.step, 2U);
  EXPECT_THAT(batch.slots, ElementsAre(1, 0, SlotDirectory::kNoSlot, SlotDirectory::kNoSlot));
  EXPECT_THAT(batch.pulled, ElementsAre(0, kNotPulled, 0, 1));
  EXPECT_EQ(batch.kept, kept.rows);
  EXPECT_EQ(batch.num_kept, 1);
  EXPECT_EQ(batch.passing, passing.rows);
  EXPECT_EQ(batch.num_passing, 2);
}

TEST(RowCacheTest, CountsReadsAndHits) {
  RowCache cache(Tables(), nullptr);
  cache.Read(1, 1, {3, 4});
  cache.Read(1, 2, {4, 5, 3});
  EXPECT_EQ(cache.statistics().reads, 5U);
  EXPECT_EQ(cache.statistics().hits, 2U);
}

TEST(RowCacheTest, ABatchWithoutRowsPullsNone) {
  RowCache cache(Tables(), nullptr);
  for (const PullTable& pull : cache.Read(1, 1, {})) EXPECT_THAT(pull.ids, IsEmpty());
  EXPECT_THAT(cache.batch(1).slots, IsEmpty());
}

}  // namespace
}  // namespace shoal
