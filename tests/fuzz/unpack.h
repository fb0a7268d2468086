// Reads a compressed source to its end.
#ifndef SHOAL_TESTS_FUZZ_UNPACK_H_
#define SHOAL_TESTS_FUZZ_UNPACK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/byte_source.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/random_values.h"

namespace shoal {

// Text that is long enough to be compressed.
inline std::string RandomText(std::mt19937_64* random) {
  std::string text;
  const uint64_t words = (*random)() % 50;
  for (uint64_t i = 0; i < words; ++i) absl::StrAppend(&text, RandomWord(random), "\n");
  return text;
}

// Such text packed, in one stream or two, one behind the other.
inline std::string PackedText(std::string (*pack)(absl::string_view), std::mt19937_64* random) {
  const std::string packed = pack(RandomText(random));
  return (*random)() % 2 == 0 ? packed : packed + pack(RandomText(random));
}

// Asks for `size` bytes at a time. What is unpacked is at most 1 MiB: a few bytes may stand for any number of them, and
// readers take them piece by piece.
inline absl::StatusOr<std::string> Unpack(ByteSource* source, size_t size) {
  constexpr size_t kMaxBytes = 1 << 20;
  std::string text;
  std::string piece(size, '\0');
  while (text.size() < kMaxBytes) {
    SHOAL_ASSIGN_OR_RETURN(const size_t got, source->Read(piece.data(), size));
    Require(got <= size, "more bytes than were asked for");
    if (got == 0) break;
    text.append(piece, 0, got);
  }
  text.resize(std::min(text.size(), kMaxBytes));
  return text;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_UNPACK_H_
