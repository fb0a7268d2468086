#include "common/pretrained/element_type.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace shoal {
namespace {

template <typename T>
float Decoded(ElementType type, T bits) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &bits, sizeof(T));
  EXPECT_EQ(sizeof(T), BytesOf(type));
  float value;
  DecodeElements(type, bytes, absl::MakeSpan(&value, 1));
  return value;
}

TEST(ElementTypeTest, EveryFloat16IsWhatItsFieldsSay) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 0x1f);
    const int fraction = static_cast<int>(bits & 0x3ff);
    const float value = Decoded(ElementType::kFloat16, static_cast<uint16_t>(bits));
    EXPECT_EQ(bits >> 15 != 0, std::signbit(value)) << bits;
    if (exponent == 0x1f) {
      EXPECT_EQ(fraction == 0, std::isinf(value)) << bits;
      EXPECT_EQ(fraction != 0, std::isnan(value)) << bits;
    } else {
      const double magnitude =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 15 - 10);
      EXPECT_EQ(magnitude, std::fabs(value)) << bits;
    }
  }
}

TEST(ElementTypeTest, Bfloat16IsTheUpperHalfOfAFloat32) {
  for (const float value : {1.0f, -2.5f, 0.0f, -0.0f, 0x1p-133f, 0x1.fep127f}) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    ASSERT_EQ(0u, bits & 0xffff) << value;
    EXPECT_EQ(bits, std::bit_cast<uint32_t>(Decoded(ElementType::kBfloat16, static_cast<uint16_t>(bits >> 16))));
  }
}

TEST(ElementTypeTest, WiderNumbersAreRoundedOrInfinite) {
  EXPECT_EQ(0.1f, Decoded(ElementType::kFloat64, 0.1));
  EXPECT_EQ(0.1f, Decoded(ElementType::kFloat32, 0.1f));
  EXPECT_EQ(-std::numeric_limits<float>::infinity(), Decoded(ElementType::kFloat64, -1e39));
}

TEST(ElementTypeTest, ElementsAreReadOneBehindTheOther) {
  const std::vector<double> stored = {1, -2, 3};
  std::vector<float> values(3);
  DecodeElements(ElementType::kFloat64, {reinterpret_cast<const char*>(stored.data()), 24}, absl::MakeSpan(values));
  EXPECT_EQ((std::vector<float>{1, -2, 3}), values);
}

}  // namespace
}  // namespace shoal
