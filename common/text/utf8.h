// UTF-8 as the Unicode standard defines it: no surrogates, no overlong forms, nothing above U+10FFFF.
#ifndef SHOAL_COMMON_TEXT_UTF8_H_
#define SHOAL_COMMON_TEXT_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace shoal {

// Offset of the first byte of the first ill-formed sequence; nothing where all is well-formed.
absl::optional<size_t> FindInvalidUtf8(absl::string_view text);

// InvalidArgument: "byte 5 (0xff) is not valid UTF-8", bytes counted from 1. Callers put the file and line before it.
absl::Status CheckUtf8(absl::string_view text);

// Bytes of the first code point. REQUIRES: the text is well-formed and not empty.
size_t FirstCodePointBytes(absl::string_view text);

// Whether the first code point has Unicode's property White_Space; its bytes go to `*bytes`. REQUIRES: as above.
bool BeginsWithWhiteSpace(absl::string_view text, size_t* bytes);

// Replaces `*lower` by the text in lower case: Unicode's full mapping of the root locale, final sigma included, as
// Python's str.lower. REQUIRES: the text is well-formed.
void LowerCase(absl::string_view text, std::string* lower);

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_UTF8_H_
