#include "common/simd/half_floats.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"

namespace shoal {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Format {
  std::string name;
  void (*round)(uint64_t key, const float* values, size_t n, uint8_t* halves);
  void (*widen)(const uint8_t* halves, size_t n, float* values);
  int exponent_bits;
  int fraction_bits;
};

// What the standard says of sign, exponent and fraction.
double ValueOf(const Format& format, uint16_t half) {
  const int exponent = half >> format.fraction_bits & ((1 << format.exponent_bits) - 1);
  const int fraction = half & ((1 << format.fraction_bits) - 1);
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const double sign = half >> 15 != 0 ? -1 : 1;
  if (exponent == (1 << format.exponent_bits) - 1) return fraction != 0 ? double{kNan} : sign * kInfinity;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - format.fraction_bits);
  return sign * std::ldexp((1 << format.fraction_bits) + fraction, exponent - bias - format.fraction_bits);
}

class HalfFloatsTest : public testing::TestWithParam<Format> {
 protected:
  static std::vector<uint16_t> Round(uint64_t key, const std::vector<float>& values) {
    std::vector<uint16_t> halves(values.size());
    GetParam().round(key, values.data(), values.size(), reinterpret_cast<uint8_t*>(halves.data()));
    return halves;
  }
  static std::vector<float> Widen(const std::vector<uint16_t>& halves) {
    std::vector<float> values(halves.size());
    GetParam().widen(reinterpret_cast<const uint8_t*>(halves.data()), halves.size(), values.data());
    return values;
  }
  // `value` through many roundings, element after element and key after key.
  static std::vector<float> ManyRoundings(float value, int count) {
    constexpr int kElements = 100;
    std::vector<float> results;
    for (int key = 0; static_cast<int>(results.size()) < count; ++key) {
      const std::vector<float> rounded = Widen(Round(0x1234567890ABCDEFU * key, std::vector<float>(kElements, value)));
      results.insert(results.end(), rounded.begin(), rounded.end());
    }
    return results;
  }

  static std::vector<uint16_t> AllHalves() {
    std::vector<uint16_t> halves(1 << 16);
    for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
    return halves;
  }
  // Of the magnitudes that the format has.
  std::vector<float> RandomFloats(int n) {
    const int bias = (1 << (GetParam().exponent_bits - 1)) - 1;
    std::uniform_real_distribution<float> exponents(
        static_cast<float>(std::max(-bias - GetParam().fraction_bits, -120)), static_cast<float>(bias));
    std::vector<float> values(n);
    for (float& value : values) value = std::exp2(exponents(random_)) * (random_() % 2 == 0 ? 1.0F : -1.0F);
    return values;
  }

  const uint32_t seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
};

TEST_P(HalfFloatsTest, EveryHalfIsWidenedToItsValueAndBack) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    SCOPED_TRACE(set.name);
    const std::vector<uint16_t> halves = AllHalves();
    const std::vector<float> values = Widen(halves);
    const std::vector<uint16_t> back = Round(random_(), values);
    for (size_t i = 0; i < halves.size(); ++i) {
      const double expected = ValueOf(GetParam(), halves[i]);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(values[i]) && std::isnan(ValueOf(GetParam(), back[i]))) << i;
        continue;
      }
      ASSERT_EQ(values[i], expected) << i;
      ASSERT_EQ(std::signbit(values[i]), std::signbit(expected)) << i;
      ASSERT_EQ(back[i], halves[i]);
    }
  });
}

TEST_P(HalfFloatsTest, AValueBecomesOneOfItsNeighbours) {
  const std::vector<float> values = RandomFloats(20000);
  const std::vector<uint16_t> halves = Round(random_(), values);
  for (size_t i = 0; i < values.size(); ++i) {
    const double rounded = std::fabs(ValueOf(GetParam(), halves[i]));
    const double magnitude = std::fabs(double{values[i]});
    // The neighbours of what it became.
    const double below = (halves[i] & 0x7FFF) == 0 ? 0 : ValueOf(GetParam(), (halves[i] & 0x7FFF) - 1);
    const double above = ValueOf(GetParam(), (halves[i] & 0x7FFF) + 1);
    ASSERT_TRUE(rounded == magnitude || (below < magnitude && magnitude < above)) << values[i] << " " << rounded;
    ASSERT_EQ(halves[i] >> 15, std::signbit(values[i]) ? 1 : 0);
  }
}

// Within five standard deviations of the mean, which fails once in two million times; keys are fixed.
TEST_P(HalfFloatsTest, TheMeanOfManyRoundingsIsTheValue) {
  constexpr int kCount = 100000;
  const auto step_at = [](double value) {  // Between the neighbours.
    const int bias = (1 << (GetParam().exponent_bits - 1)) - 1;
    return std::ldexp(1.0, std::max(std::ilogb(value), 1 - bias) - GetParam().fraction_bits);
  };
  for (const float value : {1.0009765F, 3.14159F, -0.1F, 1234.567F, 6.1e-5F, 3.3e-5F, -1e-6F, 4e-8F}) {
    double sum = 0;
    for (const float rounded : ManyRoundings(value, kCount)) sum += rounded;
    const double step = step_at(value);
    const double share = std::fabs(std::fmod(value, step)) / step;
    const double deviation = step * std::sqrt(share * (1 - share) / kCount);
    EXPECT_NEAR(sum / kCount, value, 5 * deviation + std::ldexp(step, -15)) << value;
  }
}

TEST_P(HalfFloatsTest, ElementsAndKeysAreRoundedIndependently) {
  constexpr int kElements = 96;
  constexpr int kKeys = 20000;
  // Half way between neighbours: up or down is a coin.
  const float value = 1 + std::ldexp(0.5F, -GetParam().fraction_bits);
  const std::vector<float> values(kElements, value);
  std::array<int, kElements> ups = {};
  std::array<int, kElements> same_as_first = {};
  std::array<int, kElements> same_as_before = {};
  std::vector<bool> before(kElements);
  for (uint64_t key = 0; key < kKeys; ++key) {
    const std::vector<float> rounded = Widen(Round(key << 32 | key, values));
    for (int i = 0; i < kElements; ++i) {
      const bool up = rounded[i] > value;
      ups[i] += up ? 1 : 0;
      same_as_first[i] += up == (rounded[0] > value) ? 1 : 0;
      same_as_before[i] += up == before[i] ? 1 : 0;
      before[i] = up;
    }
  }
  const double tolerance = 5 * std::sqrt(0.25 * kKeys);
  for (int i = 0; i < kElements; ++i) {
    EXPECT_NEAR(ups[i], kKeys / 2.0, tolerance) << "element " << i;
    EXPECT_NEAR(same_as_before[i], kKeys / 2.0, tolerance) << "element " << i;
    if (i == 0) continue;
    EXPECT_NEAR(same_as_first[i], kKeys / 2.0, tolerance) << "element " << i;
  }
}

TEST_P(HalfFloatsTest, InfinityAndNanStayWhatTheyAre) {
  for (uint64_t key = 0; key < 100; ++key) {
    // The NaN with the smallest payload too, which rounding must not make an infinity.
    const std::vector<float> values = {kInfinity, -kInfinity, kNan, std::bit_cast<float>(0x7F800001U),
                                       std::bit_cast<float>(0xFFFFFFFFU)};
    const std::vector<float> rounded = Widen(Round(key, values));
    EXPECT_EQ(rounded[0], kInfinity);
    EXPECT_EQ(rounded[1], -kInfinity);
    for (int i = 2; i < 5; ++i) EXPECT_TRUE(std::isnan(rounded[i])) << i;
  }
}

TEST_P(HalfFloatsTest, NumbersBeyondTheLargestBecomeItOrInfinity) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    SCOPED_TRACE(set.name);
    const bool is_float16 = GetParam().exponent_bits == 5;
    const float largest = is_float16 ? 65504.0F : std::bit_cast<float>(0x7F7F0000U);
    const float between = is_float16 ? 65520.0F : std::bit_cast<float>(0x7F7F8000U);  // It and the next power of two.
    int infinite = 0;
    constexpr int kKeys = 1000;
    for (uint64_t key = 0; key < kKeys; ++key) {
      const std::vector<float> rounded = Widen(Round(key << 32 | key, {largest, -largest, between, -between}));
      EXPECT_EQ(rounded[0], largest);
      EXPECT_EQ(rounded[1], -largest);
      for (int i = 2; i < 4; ++i) {
        const float magnitude = i == 2 ? rounded[i] : -rounded[i];
        ASSERT_TRUE(magnitude == largest || magnitude == kInfinity) << rounded[i];
        infinite += magnitude == kInfinity ? 1 : 0;
      }
      if (!is_float16) continue;
      for (const float beyond : Widen(Round(key, {65536.0F, 1e10F, std::numeric_limits<float>::max()}))) {
        EXPECT_EQ(beyond, kInfinity);
      }
    }
    EXPECT_NEAR(infinite, kKeys, 5 * std::sqrt(0.5 * kKeys)) << "of " << 2 * kKeys;
  });
}

TEST_P(HalfFloatsTest, WhatIsSmallerThanTheSmallestBecomesItOrZero) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    SCOPED_TRACE(set.name);
    const float smallest = std::ldexp(1.0F, GetParam().exponent_bits == 5 ? -24 : -133);
    for (const float sign : {1.0F, -1.0F}) {
      int zeros = 0;
      constexpr int kKeys = 2000;
      for (uint64_t key = 0; key < kKeys; ++key) {
        const std::vector<float> rounded = Widen(Round(key << 32 | key, {sign * smallest / 4, sign * 0.0F}));
        ASSERT_TRUE(rounded[0] == 0 || rounded[0] == sign * smallest) << rounded[0];
        EXPECT_EQ(std::signbit(rounded[0]), sign < 0);
        zeros += rounded[0] == 0 ? 1 : 0;
        EXPECT_EQ(rounded[1], 0);
      }
      EXPECT_NEAR(zeros, 0.75 * kKeys, 5 * std::sqrt(0.1875 * kKeys));
    }
  });
}

TEST_P(HalfFloatsTest, EveryInstructionSetGivesTheSameBits) {
  const std::vector<float> values = RandomFloats(1000);
  std::vector<uint16_t> first;
  ForEachInstructionSet([&](const InstructionSet& set) {
    const std::vector<uint16_t> halves = Round(42, values);
    if (first.empty()) first = halves;
    EXPECT_EQ(halves, first) << set.name;
  });
}

// Vectors of exactly n elements: a sanitizer sees every access past the end, in release builds the canary sees stores.
TEST_P(HalfFloatsTest, RunsOfAnyLengthAndAlignmentAreTouchedAndNothingBeyond) {
  ForEachInstructionSet([&](const InstructionSet& set) {
    for (size_t n = 0; n < 70; ++n) {
      SCOPED_TRACE(testing::Message() << set.name << ", n " << n);
      const std::vector<float> values = RandomFloats(static_cast<int>(n));
      std::vector<uint8_t> halves(2 * n + 2, 0xAB);
      GetParam().round(7, values.data(), n, halves.data() + 1);
      EXPECT_EQ(halves.front(), 0xAB);
      EXPECT_EQ(halves.back(), 0xAB);
      std::vector<uint16_t> aligned(n);
      if (n > 0) std::memcpy(aligned.data(), halves.data() + 1, 2 * n);
      EXPECT_EQ(aligned, Round(7, values));
      std::vector<float> widened(n + 1, -7);
      GetParam().widen(halves.data() + 1, n, widened.data());
      EXPECT_EQ(widened[n], -7);
      widened.pop_back();
      EXPECT_EQ(widened, Widen(aligned));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Formats, HalfFloatsTest,
                         testing::Values(Format{"Bfloat16", RoundToBfloat16, WidenBfloat16, 8, 7},
                                         Format{"Float16", RoundToFloat16, WidenFloat16, 5, 10}),
                         [](const auto& info) { return info.param.name; });

// The sum of many small steps is there in the end, where rounding to the nearest would have stood still.
TEST(HalfFloatsDriftTest, SmallStepsAddUp) {
  constexpr int kSteps = 4000;
  constexpr float kStep = 1e-4F;  // An eightieth of what separates bfloat16's neighbours at 1.
  float value = 1;
  for (uint64_t key = 0; key < kSteps; ++key) {
    value += kStep;
    uint8_t half[2];
    RoundToBfloat16(key, &value, 1, half);
    WidenBfloat16(half, 1, &value);
  }
  EXPECT_NEAR(value, 1 + kSteps * kStep, 0.15);
}

}  // namespace
}  // namespace shoal
