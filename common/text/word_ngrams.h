// Runs of tokens as entries of their own.
#ifndef SHOAL_COMMON_TEXT_WORD_NGRAMS_H_
#define SHOAL_COMMON_TEXT_WORD_NGRAMS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace shoal {

// Hands every run of 2 to `longest` neighbouring tokens to `sink`, joined with one space: shorter runs first, then from
// front to back. `scratch` holds the entry and is only good for being used again.
void ForEachWordNgram(absl::Span<const absl::string_view> tokens, int longest, std::string* scratch,
                      absl::FunctionRef<void(absl::string_view)> sink);

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_WORD_NGRAMS_H_
