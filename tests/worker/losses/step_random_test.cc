#include "worker/losses/step_random.h"

#include <set>

#include "gtest/gtest.h"

namespace shoal {
namespace {

using Purpose = StepRandom::Purpose;
constexpr int64_t kMany = int64_t{1} << 62;

TEST(StepRandomTest, EveryArgumentChangesTheNumber) {
  const auto number = [](Purpose purpose, uint64_t seed, int64_t step, int64_t stream, int64_t draw) {
    return StepRandom(purpose, seed, step).Below(kMany, stream, draw);
  };
  const std::set<int64_t> numbers = {
      number(Purpose::kItemNegatives, 1, 2, 3, 4),   number(Purpose::kItemNegatives, 0, 2, 3, 4),
      number(Purpose::kItemNegatives, 1, 0, 3, 4),   number(Purpose::kItemNegatives, 1, 2, 0, 4),
      number(Purpose::kItemNegatives, 1, 2, 3, 0),   number(Purpose::kClassNegatives, 1, 2, 3, 4),
      number(Purpose::kTripletNegatives, 1, 2, 3, 4)};
  EXPECT_EQ(numbers.size(), 7u);
}

// Results of a job depend on these numbers: they must not change.
TEST(StepRandomTest, TheNumbersAreFixed) {
  const StepRandom random(Purpose::kItemNegatives, 1, 2);
  EXPECT_EQ(random.Below(1000000, 3, 4), 346016);
  EXPECT_EQ(random.Below(1000000, 0, 0), 715155);
}

TEST(StepRandomTest, NumbersAreUniformWithinTheirBounds) {
  const StepRandom random(Purpose::kItemNegatives, 1, 2);
  int counts[7] = {};
  double sum = 0;
  for (int i = 0; i < 70000; ++i) {
    const int64_t below = random.Below(7, i, 0);
    ASSERT_GE(below, 0);
    ASSERT_LT(below, 7);
    ++counts[below];
    const double unit = random.Unit(i, 1);
    ASSERT_GT(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
  }
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  EXPECT_NEAR(sum / 70000, 0.5, 0.01);
}

}  // namespace
}  // namespace shoal
