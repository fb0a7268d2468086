// IDX files of images and labels as bytes.
#ifndef SHOAL_TESTS_COMMON_DATA_IDX_FILES_H_
#define SHOAL_TESTS_COMMON_DATA_IDX_FILES_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace shoal {

inline std::string BigEndianNumbers(std::initializer_list<uint32_t> numbers) {
  std::string bytes;
  for (const uint32_t number : numbers) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(number >> shift));
  }
  return bytes;
}

inline std::string IdxImages(uint32_t count, uint32_t height, uint32_t width, absl::string_view pixels) {
  return absl::StrCat(BigEndianNumbers({0x803, count, height, width}), pixels);
}

inline std::string IdxLabels(uint32_t count, absl::string_view labels) {
  return absl::StrCat(BigEndianNumbers({0x801, count}), labels);
}

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_DATA_IDX_FILES_H_
