#include "common/text/text_encoder.h"

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"
#include "common/text/word_ngrams.h"

namespace shoal {
namespace {

absl::Status CheckHas(const Vocabulary& vocabulary, const char* field, const std::string& token) {
  if (vocabulary.Find(token).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the vocabulary of ", vocabulary.size(), " keys lacks the ", field,
                                                 " ", QuoteText(token), "; it was built without it"));
}

}  // namespace

TextEncoder::TextEncoder(const TextConfig& config, TextTokenizer tokenizer, Vocabulary vocabulary)
    : tokenizer_(std::move(tokenizer)),
      vocabulary_(std::move(vocabulary)),
      hash_buckets_(static_cast<uint64_t>(config.hash_buckets())),
      hashes_tokens_(hash_buckets_ > 0 && config.hashed() == TextConfig::EVERYTHING),
      word_ngrams_(config.word_ngrams()) {
  if (config.has_padding_token()) padding_id_ = vocabulary_.Find(config.padding_token());
  if (config.has_unknown_token()) unknown_id_ = vocabulary_.Find(config.unknown_token());
}

absl::StatusOr<TextEncoder> TextEncoder::Create(const TextConfig& config, Vocabulary vocabulary) {
  SHOAL_ASSIGN_OR_RETURN(TextTokenizer tokenizer, TextTokenizer::Create(config));
  if (config.has_padding_token()) {
    SHOAL_RETURN_IF_ERROR(CheckHas(vocabulary, "padding_token", config.padding_token()));
  }
  if (config.has_unknown_token()) {
    SHOAL_RETURN_IF_ERROR(CheckHas(vocabulary, "unknown_token", config.unknown_token()));
  }
  return TextEncoder(config, std::move(tokenizer), std::move(vocabulary));
}

uint64_t TextEncoder::Bucket(absl::string_view entry) const {
  return static_cast<uint64_t>(vocabulary_.size()) + Hash64(entry) % hash_buckets_;
}

absl::Status TextEncoder::Encode(absl::string_view text, Scratch* scratch, std::vector<uint64_t>* ids) const {
  SHOAL_RETURN_IF_ERROR(tokenizer_.Tokenize(text, &scratch->list));
  for (const absl::string_view token : scratch->list.tokens) {
    absl::optional<uint64_t> id = vocabulary_.Find(token);
    if (!id.has_value()) id = hashes_tokens_ ? Bucket(token) : unknown_id_;
    if (id.has_value()) ids->push_back(*id);
  }
  ForEachWordNgram(scratch->list.tokens, word_ngrams_, &scratch->ngram, [&](absl::string_view ngram) {
    if (hash_buckets_ > 0) {
      ids->push_back(Bucket(ngram));
    } else if (const absl::optional<uint64_t> id = vocabulary_.Find(ngram); id.has_value()) {
      ids->push_back(*id);
    }
  });
  return absl::OkStatus();
}

}  // namespace shoal
