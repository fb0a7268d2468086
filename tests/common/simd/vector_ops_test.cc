#include "common/simd/vector_ops.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

constexpr int kLengths[] = {0, 1, 2, 3, 5, 7, 8, 9, 12, 15, 16, 32, 48, 64, 80, 208};

std::vector<float> RandomFloats(int n, std::mt19937* random) {
  std::vector<float> result(n);
  for (float& value : result) value = std::normal_distribution<float>()(*random);
  return result;
}

class VectorOpsTest : public ::testing::Test {
 protected:
  const uint32_t seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
};

TEST_F(VectorOpsTest, ReductionsEqualTheirSumInDouble) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    for (const int n : kLengths) {
      const std::vector<float> a = RandomFloats(n, &random_);
      const std::vector<float> b = RandomFloats(n, &random_);
      double dot = 0;
      double squares = 0;
      double magnitude = 0;
      for (int i = 0; i < n; ++i) {
        dot += static_cast<double>(a[i]) * b[i];
        squares += static_cast<double>(a[i]) * a[i];
        magnitude += std::abs(static_cast<double>(a[i]) * b[i]);
      }
      EXPECT_NEAR(Dot(a.data(), b.data(), n), dot, 1e-6 * magnitude) << set.name << ", n " << n;
      EXPECT_NEAR(SumOfSquares(a.data(), n), squares, 1e-6 * squares) << set.name << ", n " << n;
    }
  });
}

// Vectors of exactly n floats: a sanitizer sees every access past the end, in release builds the canary sees stores.
TEST_F(VectorOpsTest, ElementwiseOperationsTouchEveryFloatAndNoneBeyond) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    for (const int n : kLengths) {
      SCOPED_TRACE(testing::Message() << set.name << ", n " << n);
      const std::vector<float> x = RandomFloats(n, &random_);
      const std::vector<float> y = RandomFloats(n, &random_);
      std::vector<float> sum = y;
      Add(x.data(), sum.data(), n);
      std::vector<float> axpy = y;
      Axpy(0.5f, x.data(), axpy.data(), n);
      std::vector<float> scaled = x;
      Scale(-3, scaled.data(), n);
      std::vector<float> clamped = x;
      Clamp(clamped.data(), 0.75f, n);
      std::vector<float> with_canary = x;
      with_canary.resize(n + 16, 42.0f);
      Scale(2, with_canary.data(), n);
      for (int i = 0; i < n; ++i) {
        ASSERT_EQ(sum[i], x[i] + y[i]);
        ASSERT_EQ(axpy[i], 0.5f * x[i] + y[i]);  // Halving is exact, so fused or not.
        ASSERT_EQ(scaled[i], -3 * x[i]);
        ASSERT_EQ(clamped[i], std::min(0.75f, std::max(-0.75f, x[i])));
      }
      for (int i = n; i < n + 16; ++i) ASSERT_EQ(with_canary[i], 42.0f);
    }
  });
}

TEST_F(VectorOpsTest, InstructionSetsWithFusedMultiplyAddGiveTheSameBits) {
  for (const int n : kLengths) {
    const std::vector<float> a = RandomFloats(n, &random_);
    const std::vector<float> b = RandomFloats(n, &random_);
    std::vector<std::vector<float>> results;
    ForEachInstructionSet([&](const InstructionSet& set) {
      if (!set.fuses_multiply_add) return;
      std::vector<float>& result = results.emplace_back(b);
      Axpy(0.3f, a.data(), result.data(), n);
      result.push_back(Dot(a.data(), b.data(), n));
      result.push_back(SumOfSquares(a.data(), n));
    });
    for (const std::vector<float>& result : results) {
      EXPECT_EQ(std::memcmp(result.data(), results[0].data(), result.size() * sizeof(float)), 0) << "n " << n;
    }
  }
}

TEST_F(VectorOpsTest, ZerosPastTheEndChangeNoReduction) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    std::vector<float> a = RandomFloats(50, &random_);
    a.resize(64);
    EXPECT_EQ(SumOfSquares(a.data(), 50), SumOfSquares(a.data(), 64)) << set.name;
    EXPECT_EQ(Dot(a.data(), a.data(), 50), Dot(a.data(), a.data(), 64)) << set.name;
  });
}

TEST_F(VectorOpsTest, ClampKeepsNaNAndCutsInfinity) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    SCOPED_TRACE(set.name);
    const float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> x = {std::nanf(""), infinity, -infinity, 0.5f};
    Clamp(x.data(), 2, 4);
    EXPECT_THAT(x, ElementsAre(::testing::NanSensitiveFloatEq(std::nanf("")), 2, -2, 0.5f));
  });
}

}  // namespace
}  // namespace shoal
