#include "common/pretrained/element_type.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "common/simd/half_floats.h"

namespace shoal {

static_assert(std::endian::native == std::endian::little, "files are little-endian, and read as they lie");

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
  const auto* const elements = reinterpret_cast<const uint8_t*>(bytes.data());
  switch (type) {
    case ElementType::kFloat16:
      WidenFloat16(elements, values.size(), values.data());
      return;
    case ElementType::kBfloat16:
      WidenBfloat16(elements, values.size(), values.data());
      return;
    case ElementType::kFloat32:
      if (!values.empty()) std::memcpy(values.data(), elements, values.size() * sizeof(float));
      return;
    case ElementType::kFloat64:
      break;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    double value;
    std::memcpy(&value, elements + i * sizeof(value), sizeof(value));
    values[i] = static_cast<float>(value);
  }
}

}  // namespace shoal
