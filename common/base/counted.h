// Numbers of things, for people.
#ifndef SHOAL_COMMON_BASE_COUNTED_H_
#define SHOAL_COMMON_BASE_COUNTED_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace shoal {

// "1 worker", "0 workers", "2 workers": `noun` is one whose plural ends in s.
inline std::string Counted(int64_t number, absl::string_view noun) {
  return absl::StrCat(number, " ", noun, number == 1 ? "" : "s");
}

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_COUNTED_H_
