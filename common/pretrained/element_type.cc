#include "common/pretrained/element_type.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace shoal {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian, and read as they lie");

template <typename T>
T Load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

float FromFloat16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t fraction = bits & 0x3ff;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);  // Subnormal, or 0.
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide_exponent = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
}

float Decode(ElementType type, const char* bytes) {
  switch (type) {
    case ElementType::kFloat16:
      return FromFloat16(Load<uint16_t>(bytes));
    case ElementType::kBfloat16:
      return std::bit_cast<float>(static_cast<uint32_t>(Load<uint16_t>(bytes)) << 16);
    case ElementType::kFloat32:
      return Load<float>(bytes);
    case ElementType::kFloat64:
      break;
  }
  return static_cast<float>(Load<double>(bytes));
}

}  // namespace

size_t BytesOf(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
      return 2;
    case ElementType::kFloat32:
      return 4;
    case ElementType::kFloat64:
      break;
  }
  return 8;
}

void DecodeElements(ElementType type, absl::string_view bytes, absl::Span<float> values) {
  const size_t size = BytesOf(type);
  for (size_t i = 0; i < values.size(); ++i) values[i] = Decode(type, bytes.data() + i * size);
}

}  // namespace shoal
