#include "common/optimizer/gradient_clipping.h"

#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;

std::vector<float> Clipped(const GradientClipping& config, std::vector<float> gradient) {
  GradientClipper::Create(config)->Clip(gradient.data(), static_cast<int>(gradient.size()));
  return gradient;
}

GradientClipping ByValue(float value) {
  GradientClipping config;
  config.set_value(value);
  return config;
}

GradientClipping ByRowNorm(float row_norm) {
  GradientClipping config;
  config.set_row_norm(row_norm);
  return config;
}

TEST(GradientClippingTest, ByValueClampsEachElement) {
  EXPECT_THAT(Clipped(ByValue(0.5f), {-2, -0.5f, 0.25f, 3}), ElementsAre(-0.5f, -0.5f, 0.25f, 0.5f));
}

// torch.nn.utils.clip_grad_norm_ scales by max_norm / (norm + 1e-6).
TEST(GradientClippingTest, ByRowNormScalesALongGradientAsTorchDoes) {
  const float scale = 1.0f / (5.0f + 1e-6f);
  EXPECT_THAT(Clipped(ByRowNorm(1), {3, -4}), ElementsAre(FloatEq(3 * scale), FloatEq(-4 * scale)));
}

TEST(GradientClippingTest, ByRowNormLeavesAShortGradientAlone) {
  EXPECT_THAT(Clipped(ByRowNorm(5.1f), {3, -4}), ElementsAre(3, -4));
  EXPECT_THAT(Clipped(ByRowNorm(1), {0, 0}), ElementsAre(0, 0));
}

TEST(GradientClippingTest, WithoutALimitNothingIsClipped) {
  EXPECT_THAT(Clipped(GradientClipping(), {1e30f, -1e30f}), ElementsAre(1e30f, -1e30f));
}

TEST(GradientClippingTest, ALimitThatCannotBeIsNamed) {
  EXPECT_THAT(GradientClipper::Create(ByValue(0)).status().ToString(), HasSubstr("gradient_clipping.value is 0;"));
  EXPECT_THAT(GradientClipper::Create(ByRowNorm(-2)).status().ToString(),
              HasSubstr("gradient_clipping.row_norm is -2;"));
  EXPECT_FALSE(GradientClipper::Create(ByValue(std::nanf(""))).ok());
}

}  // namespace
}  // namespace shoal
