// Numbers as files store them, little-endian, and their values as float32.
#ifndef SHOAL_COMMON_PRETRAINED_ELEMENT_TYPE_H_
#define SHOAL_COMMON_PRETRAINED_ELEMENT_TYPE_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace shoal {

enum class ElementType {
  kFloat16,   // IEEE 754 binary16.
  kBfloat16,  // The upper half of a float32.
  kFloat32,
  kFloat64,  // Rounded to the nearest float32, to infinity beyond its range.
};

size_t BytesOf(ElementType type);

// REQUIRES: `bytes` has values.size() elements.
void DecodeElements(ElementType type, absl::string_view bytes, absl::Span<float> values);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_ELEMENT_TYPE_H_
