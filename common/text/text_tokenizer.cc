#include "common/text/text_tokenizer.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/text/create_tokenizer.h"
#include "common/text/utf8.h"

namespace shoal {
namespace {

constexpr int kMaxWordNgrams = 16;
// Rows of tables are numbered well below this; remainders of a 64-bit hash are even up to it.
constexpr int64_t kMaxHashBuckets = int64_t{1} << 40;

absl::Status CheckHashing(const TextConfig& config) {
  if (config.hash_buckets() < 0 || config.hash_buckets() > kMaxHashBuckets) {
    return absl::InvalidArgumentError(
        absl::StrCat("hash_buckets must be within 0 to ", kMaxHashBuckets, ", is ", config.hash_buckets()));
  }
  if (config.hash_buckets() == 0) return absl::OkStatus();
  if (config.hashed() == TextConfig::NGRAMS) {
    if (config.word_ngrams() > 1) return absl::OkStatus();
    return absl::InvalidArgumentError("hashed: NGRAMS needs word_ngrams of 2 or more");
  }
  if (!config.has_unknown_token()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "unknown_token contradicts hashed: EVERYTHING, where every token has a bucket; leave it out, or hash NGRAMS");
}

absl::Status CheckSpecialToken(const char* field, const std::string& token) {
  if (token.empty()) return absl::InvalidArgumentError(absl::StrCat(field, " is empty"));
  const absl::Status utf8 = CheckUtf8(token);
  if (!utf8.ok()) return absl::InvalidArgumentError(absl::StrCat(field, ": ", utf8.message()));
  if (token.find('\n') == token.npos) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " holds a line feed"));
}

}  // namespace

absl::Status CheckTextConfig(const TextConfig& config) {
  if (config.word_ngrams() < 1 || config.word_ngrams() > kMaxWordNgrams) {
    return absl::InvalidArgumentError(
        absl::StrCat("word_ngrams must be within 1 to ", kMaxWordNgrams, ", is ", config.word_ngrams()));
  }
  if (config.min_count() < 1) {
    return absl::InvalidArgumentError(absl::StrCat("min_count must be at least 1, is ", config.min_count()));
  }
  if (config.has_unknown_token()) SHOAL_RETURN_IF_ERROR(CheckSpecialToken("unknown_token", config.unknown_token()));
  if (config.has_padding_token()) SHOAL_RETURN_IF_ERROR(CheckSpecialToken("padding_token", config.padding_token()));
  if (config.has_unknown_token() && config.has_padding_token() && config.unknown_token() == config.padding_token()) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown_token and padding_token are both '", config.unknown_token(), "'"));
  }
  const int special_tokens = (config.has_unknown_token() ? 1 : 0) + (config.has_padding_token() ? 1 : 0);
  if (config.has_max_size() && config.max_size() <= special_tokens) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_size counts the padding and the unknown token and must be at least ", special_tokens + 1,
                     ", is ", config.max_size()));
  }
  return CheckHashing(config);
}

absl::Status CheckText(absl::string_view text) {
  SHOAL_RETURN_IF_ERROR(CheckUtf8(text));
  const size_t line_feed = text.find('\n');
  if (line_feed == text.npos) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("byte ", line_feed + 1, " is a line feed; a text is one line"));
}

absl::StatusOr<TextTokenizer> TextTokenizer::Create(const TextConfig& config) {
  SHOAL_RETURN_IF_ERROR(CheckTextConfig(config));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer, CreateTokenizer(config));
  return TextTokenizer(std::move(tokenizer), config.lowercase());
}

absl::Status TextTokenizer::Tokenize(absl::string_view text, TokenList* list) const {
  SHOAL_RETURN_IF_ERROR(CheckText(text));
  if (!lowercase_) return tokenizer_->Split(text, list);
  LowerCase(text, &list->lower);
  return tokenizer_->Split(list->lower, list);
}

}  // namespace shoal
