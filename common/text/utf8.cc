#include "common/text/utf8.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace shoal {
namespace {

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

}  // namespace

absl::optional<size_t> FindInvalidUtf8(absl::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t size = text.size();
  for (size_t position = 0; position < size;) {
    const size_t first = position;
    UChar32 code_point;
    U8_NEXT(bytes, position, size, code_point);
    if (code_point < 0) return first;
  }
  return absl::nullopt;
}

absl::Status CheckUtf8(absl::string_view text) {
  const absl::optional<size_t> bad = FindInvalidUtf8(text);
  if (!bad.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("byte %d (0x%02x) is not valid UTF-8", *bad + 1, static_cast<unsigned char>(text[*bad])));
}

size_t FirstCodePointBytes(absl::string_view text) {
  return static_cast<size_t>(1 + U8_COUNT_TRAIL_BYTES(static_cast<uint8_t>(text[0])));
}

bool BeginsWithWhiteSpace(absl::string_view text, size_t* bytes) {
  const auto* first = reinterpret_cast<const uint8_t*>(text.data());
  *bytes = 0;
  UChar32 code_point;
  U8_NEXT_UNSAFE(first, *bytes, code_point);
  return u_isUWhiteSpace(code_point) != 0;
}

void LowerCase(absl::string_view text, std::string* lower) {
  if (IsAscii(text)) {
    lower->assign(text.data(), text.size());
    absl::AsciiStrToLower(lower);
    return;
  }
  lower->clear();
  icu::StringByteSink<std::string> sink(lower, static_cast<int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower(/*locale=*/"", /*options=*/0,
                            icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, /*edits=*/nullptr,
                            error);
  assert(U_SUCCESS(error));  // Fails only for texts of more than 2^31 bytes.
}

}  // namespace shoal
