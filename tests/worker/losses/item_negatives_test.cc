#include "worker/losses/item_negatives.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

bool TakesAll(int64_t, int64_t) { return false; }

std::vector<uint64_t> Draw(const ItemNegativesRequest& request, RejectsItem rejects = TakesAll) {
  std::vector<uint64_t> items = {42};
  DrawItemNegatives(request, rejects, &items);
  return items;
}

const ItemNegativesRequest kRequest = {
    .seed = 1, .step = 2, .begin = 0, .end = 50, .num_negatives = 3, .num_items = 40};

TEST(ItemNegativesTest, SeedAndStepChangeTheDraws) {
  const std::vector<uint64_t> items = Draw(kRequest);
  EXPECT_THAT(items, SizeIs(150));
  EXPECT_EQ(Draw(kRequest), items);
  ItemNegativesRequest other = kRequest;
  other.seed = 2;
  EXPECT_NE(Draw(other), items);
  other = kRequest;
  other.step = 3;
  EXPECT_NE(Draw(other), items);
}

TEST(ItemNegativesTest, PartsOfABatchDrawWhatTheWholeDraws) {
  const std::vector<uint64_t> items = Draw(kRequest);
  for (const int workers : {2, 3, 7}) {
    std::vector<uint64_t> parts;
    for (int rank = 0; rank < workers; ++rank) {
      ItemNegativesRequest part = kRequest;
      part.begin = 50 * rank / workers;
      part.end = 50 * (rank + 1) / workers;
      const std::vector<uint64_t> drawn = Draw(part);
      parts.insert(parts.end(), drawn.begin(), drawn.end());
    }
    EXPECT_EQ(parts, items) << workers << " workers";
  }
}

TEST(ItemNegativesTest, ItemsAreUniform) {
  std::vector<int> counts(40);
  for (int64_t step = 1; step <= 400; ++step) {
    ItemNegativesRequest request = kRequest;
    request.step = step;
    for (const uint64_t item : Draw(request)) ++counts.at(item);
  }
  for (const int count : counts) EXPECT_NEAR(count, 1500, 200);
}

TEST(ItemNegativesTest, RejectedItemsAreDrawnAgain) {
  const auto rejects = [](int64_t position, int64_t item) { return item % 2 == position % 2; };
  const std::vector<uint64_t> items = Draw(kRequest, rejects);
  for (size_t i = 0; i < items.size(); ++i) EXPECT_NE(items[i] % 2, i / 3 % 2) << i;
  // What is not rejected stays as it was.
  const std::vector<uint64_t> plain = Draw(kRequest);
  for (size_t i = 0; i < items.size(); ++i) {
    if (rejects(static_cast<int64_t>(i / 3), static_cast<int64_t>(plain[i]))) continue;
    EXPECT_EQ(items[i], plain[i]) << i;
  }
}

TEST(ItemNegativesTest, AUserWhoHasEverythingEndsAllTheSame) {
  int64_t asked = 0;
  const std::vector<uint64_t> items = Draw(kRequest, [&](int64_t, int64_t) { return ++asked > 0; });
  EXPECT_THAT(items, SizeIs(150));
  EXPECT_EQ(asked, 150 * (kMaxItemDraws - 1));
}

TEST(ItemNegativesTest, OneItemIsAlwaysIt) {
  ItemNegativesRequest request = kRequest;
  request.num_items = 1;
  EXPECT_THAT(Draw(request), Each(0));
}

}  // namespace
}  // namespace shoal
