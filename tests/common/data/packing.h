// Compressed forms of a text, for tests of what reads them.
#ifndef SHOAL_TESTS_COMMON_DATA_PACKING_H_
#define SHOAL_TESTS_COMMON_DATA_PACKING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace shoal {

std::string Gzip(absl::string_view text);
std::string Zstd(absl::string_view text);

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_DATA_PACKING_H_
