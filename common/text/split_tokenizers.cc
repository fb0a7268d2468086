#include "common/text/split_tokenizers.h"

#include "common/text/utf8.h"

namespace shoal {

absl::Status WholeTokenizer::Split(absl::string_view text, TokenList* list) const {
  list->tokens.clear();
  if (!text.empty()) list->tokens.push_back(text);
  return absl::OkStatus();
}

absl::Status WhitespaceTokenizer::Split(absl::string_view text, TokenList* list) const {
  list->tokens.clear();
  size_t begin = 0;
  size_t bytes;
  for (size_t position = 0; position < text.size(); position += bytes) {
    if (!BeginsWithWhiteSpace(text.substr(position), &bytes)) continue;
    if (position > begin) list->tokens.push_back(text.substr(begin, position - begin));
    begin = position + bytes;
  }
  if (begin < text.size()) list->tokens.push_back(text.substr(begin));
  return absl::OkStatus();
}

absl::Status CharacterTokenizer::Split(absl::string_view text, TokenList* list) const {
  list->tokens.clear();
  while (!text.empty()) {
    const size_t bytes = FirstCodePointBytes(text);
    list->tokens.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return absl::OkStatus();
}

}  // namespace shoal
