// The tokenizers whose tokens are parts of the text: all of it, words, characters.
#ifndef SHOAL_COMMON_TEXT_SPLIT_TOKENIZERS_H_
#define SHOAL_COMMON_TEXT_SPLIT_TOKENIZERS_H_

#include "common/text/tokenizer.h"

namespace shoal {

// The text itself, unless it is empty.
class WholeTokenizer : public Tokenizer {
 public:
  absl::Status Split(absl::string_view text, TokenList* list) const override;
};

// What lies between white space (Unicode's White_Space, U+00A0 and U+3000 included).
class WhitespaceTokenizer : public Tokenizer {
 public:
  absl::Status Split(absl::string_view text, TokenList* list) const override;
};

// Every code point, white space too. A letter and a combining mark behind it are two tokens.
class CharacterTokenizer : public Tokenizer {
 public:
  absl::Status Split(absl::string_view text, TokenList* list) const override;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_SPLIT_TOKENIZERS_H_
