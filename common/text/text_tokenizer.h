// From a text to its tokens, as a TextConfig says: checked, lower-cased, split.
//
// Thread safety: const methods may run concurrently, each with its own TokenList.
#ifndef SHOAL_COMMON_TEXT_TEXT_TOKENIZER_H_
#define SHOAL_COMMON_TEXT_TEXT_TOKENIZER_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "common/text/tokenizer.h"
#include "proto/job.pb.h"

namespace shoal {

// InvalidArgument names the field of the config that is out of range or contradicts another.
absl::Status CheckTextConfig(const TextConfig& config);

// InvalidArgument says which byte, counted from 1, is not UTF-8, or is a line feed, which no key of a vocabulary may
// hold.
absl::Status CheckText(absl::string_view text);

class TextTokenizer {
 public:
  // InvalidArgument: as CheckTextConfig and CreateTokenizer.
  static absl::StatusOr<TextTokenizer> Create(const TextConfig& config);

  // Replaces `list->tokens`, which hold until the text or the list changes. InvalidArgument: as
  // CheckText. REQUIRES: less than 2^31 bytes.
  absl::Status Tokenize(absl::string_view text, TokenList* list) const;

 private:
  TextTokenizer(std::unique_ptr<Tokenizer> tokenizer, bool lowercase)
      : tokenizer_(std::move(tokenizer)), lowercase_(lowercase) {}

  std::unique_ptr<Tokenizer> tokenizer_;
  bool lowercase_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_TEXT_TOKENIZER_H_
