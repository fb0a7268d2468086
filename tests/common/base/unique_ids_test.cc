#include "common/base/unique_ids.h"

#include <map>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Adds `ids` and returns their places.
std::vector<uint32_t> Add(const std::vector<uint64_t>& ids, UniqueIds* unique) {
  std::vector<uint32_t> index(ids.size());
  unique->Add(ids, index.data());
  return index;
}

// What UniqueIds should say, by a std::map.
class ModelUniqueIds {
 public:
  std::vector<uint32_t> Add(const std::vector<uint64_t>& ids) {
    std::vector<uint32_t> index;
    for (const uint64_t id : ids) {
      const auto [place, is_new] = places_.emplace(id, static_cast<uint32_t>(ids_.size()));
      if (is_new) ids_.push_back(id);
      index.push_back(place->second);
    }
    return index;
  }
  const std::vector<uint64_t>& ids() const { return ids_; }

 private:
  std::map<uint64_t, uint32_t> places_;
  std::vector<uint64_t> ids_;
};

TEST(UniqueIdsTest, IdsComeInOrderOfFirstAppearance) {
  UniqueIds unique;
  EXPECT_THAT(unique.ids(), IsEmpty());
  EXPECT_THAT(Add({7, 3, 7, 0, 3}, &unique), ElementsAre(0, 1, 0, 2, 1));
  EXPECT_THAT(unique.ids(), ElementsAre(7, 3, 0));
}

TEST(UniqueIdsTest, ASecondColumnSharesTheFirstsIds) {
  UniqueIds unique;
  Add({5, 6}, &unique);
  EXPECT_THAT(Add({6, 9, 5}, &unique), ElementsAre(1, 2, 0));
  EXPECT_THAT(unique.ids(), ElementsAre(5, 6, 9));
}

TEST(UniqueIdsTest, ClearForgetsTheBatch) {
  UniqueIds unique;
  Add({1, 2, 3}, &unique);
  unique.Clear();
  EXPECT_THAT(unique.ids(), IsEmpty());
  EXPECT_THAT(Add({3, 1}, &unique), ElementsAre(0, 1));
}

TEST(UniqueIdsTest, StampsThatRunOutAreUsedAgain) {
  UniqueIds unique(/*universe=*/1000, /*clears_before_reset=*/3);
  for (uint64_t batch = 0; batch < 20; ++batch) {
    EXPECT_THAT(Add({batch, 100, batch}, &unique), ElementsAre(0, 1, 0)) << "batch " << batch;
    EXPECT_THAT(unique.ids(), ElementsAre(batch, 100));
    unique.Clear();
  }
}

TEST(UniqueIdsTest, AgreesWithAMapOnRandomBatches) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const uint64_t max_range = uint64_t{1} << (random() % 20);
    // Ids a large stride apart would collide in a table that hashes by their low bits.
    const uint64_t stride = random() % 2 == 0 ? 1 : uint64_t{1} << 40;
    UniqueIds unique(/*universe=*/max_range * stride, /*clears_before_reset=*/7);
    for (int batch = 0; batch < 20; ++batch) {
      ModelUniqueIds model;
      unique.Clear();
      const uint64_t range = 1 + random() % max_range;
      for (int column = 0; column < 2; ++column) {
        std::vector<uint64_t> ids(random() % 3000);
        for (uint64_t& id : ids) id = random() % range * stride;
        ASSERT_EQ(Add(ids, &unique), model.Add(ids));
      }
      ASSERT_EQ(unique.ids(), absl::MakeConstSpan(model.ids()));
    }
  }
}

TEST(UniqueIdsTest, TheWholeRangeOfIdsIsAllowed) {
  UniqueIds unique;
  EXPECT_THAT(Add({0, ~uint64_t{0}, 0, uint64_t{1} << 63}, &unique), ElementsAre(0, 1, 0, 2));
}

}  // namespace
}  // namespace shoal
