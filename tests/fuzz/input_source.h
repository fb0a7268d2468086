// An input as what a reader opens.
#ifndef SHOAL_TESTS_FUZZ_INPUT_SOURCE_H_
#define SHOAL_TESTS_FUZZ_INPUT_SOURCE_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/common/data/text_source.h"

namespace shoal {

// A source in memory that comes in pieces of a few bytes, or, where its size is even, as a whole.
inline std::unique_ptr<ByteSource> SourceOf(absl::string_view input) {
  if (input.size() % 2 == 0) return std::make_unique<TextSource>(std::string(input));
  return std::make_unique<TextSource>(std::string(input), 1 + input.size() % 31);
}

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_INPUT_SOURCE_H_
