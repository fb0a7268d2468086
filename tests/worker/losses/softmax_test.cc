#include "worker/losses/softmax.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(SoftmaxTest, PartsMakeUpTheDefinitionAtEveryLength) {
  for (const int n : {1, 2, 7, 15, 16, 17, 40, 1000}) {
    std::vector<float> x(n);
    for (int c = 0; c < n; ++c) x[c] = static_cast<float>(std::sin(c * 1.7)) * 5;
    std::vector<float> exps(n + 1, 42.0F);
    const SoftmaxParts parts = Softmax(x.data(), n, exps.data());
    double total = 0;
    for (const float value : x) total += std::exp(static_cast<double>(value) - parts.max);
    EXPECT_NEAR(parts.total(), total, 1e-6 * total);
    for (int c = 0; c < n; ++c) {
      EXPECT_LE(x[c], parts.max);
      EXPECT_NEAR(exps[c], std::exp(static_cast<double>(x[c]) - parts.max), 1e-6) << c << " of " << n;
    }
    EXPECT_EQ(x[parts.argmax], parts.max);
    EXPECT_EQ(exps[n], 42.0F);
  }
}

TEST(SoftmaxTest, TheFirstOfEqualLogitsIsTheHighest) {
  const std::vector<float> x = {-3, -1, -2, -1};
  std::vector<float> exps(4);
  const SoftmaxParts parts = Softmax(x.data(), 4, exps.data());
  EXPECT_EQ(parts.argmax, 1);
  EXPECT_EQ(exps[1], 1);
  EXPECT_EQ(exps[3], 1);
}

TEST(SoftmaxTest, HugeLogitsNeitherOverflowNorVanish) {
  const std::vector<float> x = {1e30F, -1e30F, 1e30F};
  std::vector<float> exps(3);
  EXPECT_EQ(Softmax(x.data(), 3, exps.data()).rest, 1);
  EXPECT_THAT(exps, ElementsAre(1, 0, 1));
}

TEST(SoftmaxTest, MinusInfinityHasNoShare) {
  const std::vector<float> x = {-kInfinity, 2, -kInfinity};
  std::vector<float> exps(3);
  EXPECT_EQ(Softmax(x.data(), 3, exps.data()).rest, 0);
  EXPECT_THAT(exps, ElementsAre(0, 1, 0));
}

TEST(SoftmaxTest, WhatIsNoNumberIsNotHidden) {
  const float nan = std::nanf("");
  for (const std::vector<float>& x : std::vector<std::vector<float>>{
           {nan}, {nan, 1, 2}, {1, 2, nan}, {nan, nan}, {1, kInfinity}, {-kInfinity, -kInfinity}}) {
    std::vector<float> exps(x.size());
    EXPECT_TRUE(std::isnan(Softmax(x.data(), static_cast<int>(x.size()), exps.data()).rest)) << x[0] << ", " << x[1];
  }
}

TEST(WeightedGapTest, IsTheSumOverTheRunAlone) {
  const std::vector<float> weights = {0.5F, 2, 0};
  const std::vector<float> x = {1, 3, -7};
  EXPECT_EQ(WeightedGap(weights.data(), 4, x.data(), 3), 0.5F * 3 + 2 * 1);
}

}  // namespace
}  // namespace shoal
