#include "launcher/plot/plane.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(PlaneTest, VectorsOfTwoNumbersStayAsTheyAre) {
  const std::vector<float> vectors = {1, 2, 3, -4};
  const absl::StatusOr<Plane> plane = ProjectOnPlane(vectors, 2);
  ASSERT_TRUE(plane.ok());
  EXPECT_EQ(plane->points, vectors);
  EXPECT_THAT(plane->axes, ElementsAre("dimension 1", "dimension 2"));
}

// Along (3, 0, 4) / 5 the variance is 9 times that along (4, 0, -3) / 5; the mean is (10, 20, 30).
TEST(PlaneTest, WiderVectorsAreProjectedOnTheirPrincipalComponents) {
  std::vector<float> vectors;
  for (const auto& [a, b] :
       {std::pair(3.0F, 1.0F), std::pair(3.0F, -1.0F), std::pair(-3.0F, 1.0F), std::pair(-3.0F, -1.0F)}) {
    vectors.insert(vectors.end(), {10 + (3 * a + 4 * b) / 5, 20, 30 + (4 * a - 3 * b) / 5});
  }
  const absl::StatusOr<Plane> plane = ProjectOnPlane(vectors, 3);
  ASSERT_TRUE(plane.ok());
  std::vector<testing::Matcher<float>> expected;
  for (const float value : {3, 1, 3, -1, -3, 1, -3, -1}) expected.push_back(FloatNear(value, 1e-4F));
  EXPECT_THAT(plane->points, testing::ElementsAreArray(expected));
  EXPECT_THAT(plane->axes, ElementsAre("principal component 1 (90.0% of the variance)",
                                       "principal component 2 (10.0% of the variance)"));
}

TEST(PlaneTest, AProjectionKeepsNoMoreThanTheVariance) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::vector<float> vectors(200 * 8);
  for (float& value : vectors) value = std::normal_distribution<float>()(random);
  const absl::StatusOr<Plane> plane = ProjectOnPlane(vectors, 8);
  ASSERT_TRUE(plane.ok());
  const auto variance = [](const std::vector<float>& values, int first, int stride) {
    double sum = 0;
    double squares = 0;
    for (size_t i = first; i < values.size(); i += stride) {
      sum += values[i];
      squares += std::pow(values[i], 2);
    }
    return squares / 200 - std::pow(sum / 200, 2);
  };
  double most = 0;
  double total = 0;
  for (int i = 0; i < 8; ++i) {
    most = std::max(most, variance(vectors, i, 8));
    total += variance(vectors, i, 8);
  }
  const double first = variance(plane->points, 0, 2);
  const double second = variance(plane->points, 1, 2);
  EXPECT_GE(first, most - 1e-3) << "a coordinate has more";
  EXPECT_GE(first, second);
  EXPECT_LE(first + second, total);
}

TEST(PlaneTest, FewerVectorsThanNumbersHaveComponentsToo) {
  const std::vector<float> vectors = {1, 2, 3, 4, 5, 6, 7, 8};
  const absl::StatusOr<Plane> plane = ProjectOnPlane(vectors, 4);
  ASSERT_TRUE(plane.ok());
  EXPECT_THAT(plane->points,
              ElementsAre(FloatNear(-4, 1e-3F), FloatNear(0, 1e-3F), FloatNear(4, 1e-3F), FloatNear(0, 1e-3F)));
}

TEST(PlaneTest, EqualVectorsAreOnePoint) {
  const std::vector<float> vectors = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3};
  const absl::StatusOr<Plane> plane = ProjectOnPlane(vectors, 3);
  ASSERT_TRUE(plane.ok());
  for (const float value : plane->points) EXPECT_NEAR(value, 0, 1e-5);
  EXPECT_THAT(plane->axes[0], HasSubstr("(0.0% of"));
}

TEST(PlaneTest, NumbersAloneHaveNoPlane) {
  EXPECT_EQ(ProjectOnPlane({1, 2}, 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ProjectOnPlane({}, 3)->points, IsEmpty());
}

}  // namespace
}  // namespace shoal
