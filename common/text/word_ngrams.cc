#include "common/text/word_ngrams.h"

#include "absl/strings/str_cat.h"

namespace shoal {

void ForEachWordNgram(absl::Span<const absl::string_view> tokens, int longest, std::string* scratch,
                      absl::FunctionRef<void(absl::string_view)> sink) {
  for (size_t length = 2; length <= static_cast<size_t>(longest) && length <= tokens.size(); ++length) {
    for (size_t first = 0; first + length <= tokens.size(); ++first) {
      scratch->assign(tokens[first].data(), tokens[first].size());
      for (size_t i = 1; i < length; ++i) absl::StrAppend(scratch, " ", tokens[first + i]);
      sink(*scratch);
    }
  }
}

}  // namespace shoal
