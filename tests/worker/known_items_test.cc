#include "worker/known_items.h"

#include <random>
#include <set>
#include <utility>

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(KnownItemsTest, ContainsThePairsOfTheExamplesAndNoOthers) {
  constexpr uint64_t kSeed = 3;
  std::mt19937_64 random(kSeed);
  std::vector<uint64_t> users;
  std::vector<uint64_t> items;
  std::set<std::pair<uint64_t, uint64_t>> pairs;
  for (int i = 0; i < 300; ++i) {
    users.push_back(random() % 20 * 1000003);
    items.push_back(random() % 40);
    pairs.emplace(users.back(), items.back());
  }
  const KnownItems known(users, items);
  for (uint64_t user = 0; user < 21; ++user) {
    for (uint64_t item = 0; item < 41; ++item) {
      EXPECT_EQ(known.Contains(user * 1000003, item), pairs.count({user * 1000003, item}) > 0)
          << "user " << user << ", item " << item << ", seed " << kSeed;
    }
  }
  EXPECT_FALSE(known.Contains(1, 0)) << "an unknown user has nothing";
}

TEST(KnownItemsTest, WithoutExamplesNothingIsKnown) { EXPECT_FALSE(KnownItems().Contains(0, 0)); }

}  // namespace
}  // namespace shoal
