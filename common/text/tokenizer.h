// Splits a text into tokens. Implementations: split_tokenizers.h, word_tokenizer.h, sentencepiece_tokenizer.h;
// create_tokenizer.h makes the one that a job names.
//
// Thread safety: const methods may run concurrently, each with its own TokenList.
#ifndef SHOAL_COMMON_TEXT_TOKENIZER_H_
#define SHOAL_COMMON_TEXT_TOKENIZER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace shoal {

// The tokens of one text, in order. To be used again for the next text: memory is kept.
struct TokenList {
  // Point into the text, or into the strings below.
  std::vector<absl::string_view> tokens;
  std::string lower;   // The text in lower case.
  std::string pieces;  // Tokens that are no part of the text.
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Replaces `list->tokens`, which hold until the text or the list changes. No token is empty.
  // REQUIRES: the text is valid UTF-8 and does not point into `list->pieces`.
  virtual absl::Status Split(absl::string_view text, TokenList* list) const = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_TOKENIZER_H_
