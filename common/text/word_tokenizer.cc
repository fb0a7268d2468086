#include "common/text/word_tokenizer.h"

#include <unicode/locid.h>
#include <unicode/utext.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"

namespace shoal {
namespace {

absl::Status IcuError(UErrorCode code) {
  return absl::InternalError(absl::StrCat("ICU cannot find word boundaries: ", u_errorName(code)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> WordTokenizer::Create() {
  UErrorCode code = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> words(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), code));
  if (U_FAILURE(code)) return IcuError(code);
  return absl::WrapUnique<Tokenizer>(new WordTokenizer(std::move(words)));
}

absl::Status WordTokenizer::Split(absl::string_view text, TokenList* list) const {
  list->tokens.clear();
  UErrorCode code = U_ZERO_ERROR;
  UText utf8 = UTEXT_INITIALIZER;
  utext_openUTF8(&utf8, text.data(), static_cast<int64_t>(text.size()), &code);
  absl::MutexLock lock(&mutex_);
  words_->setText(&utf8, code);
  if (U_FAILURE(code)) return IcuError(code);
  int32_t begin = words_->first();
  for (int32_t end = words_->next(); end != icu::BreakIterator::DONE; begin = end, end = words_->next()) {
    const absl::string_view token = text.substr(begin, end - begin);
    size_t bytes;
    if (!BeginsWithWhiteSpace(token, &bytes)) list->tokens.push_back(token);
  }
  utext_close(&utf8);
  return absl::OkStatus();
}

}  // namespace shoal
