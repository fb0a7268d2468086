#include "common/initializer/normal_distribution.h"

#include <cmath>

#include "gtest/gtest.h"

namespace shoal {
namespace {

struct Point {
  double x;
  double y;
};

// Computed with 40 digits.
TEST(NormalDistributionTest, InverseNormalCdfIsPreciseInTheCentreAndBothTails) {
  constexpr Point kPoints[] = {
      {1e-300, -37.0470962993611992},   {1e-100, -21.2734535609653243},  {1e-20, -9.26234008979840758},
      {1e-11, -6.7060231554951363},     {1.4e-11, -6.65672309151818364}, {1e-6, -4.75342430882289896},
      {0.001, -3.09023230616781354},    {0.025, -1.95996398454005421},   {0.07, -1.47579102817917069},
      {0.075, -1.43953147093845593},    {0.08, -1.40507156030963254},    {0.1, -1.28155156554460044},
      {0.3, -0.524400512708040816},     {0.49, -0.025068908258711058},   {0.6, 0.253347103135799741},
      {0.9, 1.28155156554460059},       {0.95, 1.64485362695147228},     {0.999, 3.09023230616781328},
      {0.9999999, 5.19933758229066109},
  };
  for (const Point& point : kPoints) {
    EXPECT_NEAR(InverseNormalCdf(point.x) / point.y, 1, 1e-14) << "p = " << point.x;
  }
  EXPECT_EQ(InverseNormalCdf(0.5), 0);
}

TEST(NormalDistributionTest, NormalCdfKeepsTheDigitsOfTheLowerTail) {
  constexpr Point kPoints[] = {
      {-10, 7.61985302416052607e-24}, {-2, 0.0227501319481792072}, {-1, 0.158655253931457051}, {0, 0.5},
      {0.5, 0.691462461274013104},    {2, 0.977249868051820793},
  };
  for (const Point& point : kPoints) EXPECT_NEAR(NormalCdf(point.x) / point.y, 1, 1e-13) << "x = " << point.x;
}

TEST(NormalDistributionTest, TheTwoFunctionsAreInverse) {
  for (double x = -8; x <= 5; x += 0.0625) EXPECT_NEAR(InverseNormalCdf(NormalCdf(x)), x, 1e-9);
}

}  // namespace
}  // namespace shoal
