// Words, numbers and punctuation marks, each a token: Unicode's default word boundaries (UAX #29), as ICU's
// BreakIterator finds them. White space is no token. "don't stop!" has the tokens don't, stop, !; Chinese and Japanese
// are split by ICU's dictionaries.
#ifndef SHOAL_COMMON_TEXT_WORD_TOKENIZER_H_
#define SHOAL_COMMON_TEXT_WORD_TOKENIZER_H_

#include <unicode/brkiter.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/text/tokenizer.h"

namespace shoal {

class WordTokenizer : public Tokenizer {
 public:
  // Internal: ICU's data are not installed.
  static absl::StatusOr<std::unique_ptr<Tokenizer>> Create();

  absl::Status Split(absl::string_view text, TokenList* list) const override;

 private:
  explicit WordTokenizer(std::unique_ptr<icu::BreakIterator> words) : words_(std::move(words)) {}

  mutable absl::Mutex mutex_;
  const std::unique_ptr<icu::BreakIterator> words_ ABSL_PT_GUARDED_BY(mutex_);  // Moves as it is asked.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_WORD_TOKENIZER_H_
