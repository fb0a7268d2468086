#include "common/text/text_vocabulary.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/text/word_ngrams.h"

namespace shoal {

absl::StatusOr<TextVocabularyBuilder> TextVocabularyBuilder::Create(const TextConfig& config) {
  SHOAL_ASSIGN_OR_RETURN(TextTokenizer tokenizer, TextTokenizer::Create(config));
  return TextVocabularyBuilder(config, std::move(tokenizer));
}

TextVocabularyBuilder::Entry& TextVocabularyBuilder::Count(absl::string_view key) {
  const auto [entry, is_new] = entries_.try_emplace(key);
  if (is_new) entry->second.rank = entries_.size();
  ++entry->second.count;
  return entry->second;
}

absl::Status TextVocabularyBuilder::Add(absl::string_view text) {
  SHOAL_RETURN_IF_ERROR(tokenizer_.Tokenize(text, &list_));
  ++result_.num_texts;
  result_.num_tokens += static_cast<int64_t>(list_.tokens.size());
  const bool hashes = config_.hash_buckets() > 0;
  if (hashes && config_.hashed() == TextConfig::EVERYTHING) return absl::OkStatus();
  for (const absl::string_view token : list_.tokens) ++Count(token).token_count;
  if (hashes) return absl::OkStatus();
  ForEachWordNgram(list_.tokens, config_.word_ngrams(), &ngram_, [this](absl::string_view ngram) { Count(ngram); });
  return absl::OkStatus();
}

std::vector<const std::pair<const std::string, TextVocabularyBuilder::Entry>*> TextVocabularyBuilder::Selected() const {
  std::vector<const std::pair<const std::string, Entry>*> selected;
  for (const auto& entry : entries_) {
    if (entry.second.count >= config_.min_count()) selected.push_back(&entry);
  }
  std::sort(selected.begin(), selected.end(), [](const auto* a, const auto* b) {
    return a->second.count != b->second.count ? a->second.count > b->second.count : a->second.rank < b->second.rank;
  });
  return selected;
}

void TextVocabularyBuilder::AddKey(const std::string& key, const Entry& entry) {
  result_.vocabulary.Add(key);
  result_.counts.push_back(entry.count);
  result_.num_known_tokens += entry.token_count;
}

TextVocabulary TextVocabularyBuilder::Build() && {
  result_.num_distinct = static_cast<int64_t>(entries_.size());
  const auto padding = entries_.find(config_.padding_token());
  if (config_.has_padding_token()) {
    AddKey(config_.padding_token(), padding == entries_.end() ? Entry() : padding->second);
  }
  if (config_.has_unknown_token()) AddKey(config_.unknown_token(), Entry());
  for (const auto* entry : Selected()) {
    if (config_.has_max_size() && result_.vocabulary.size() >= config_.max_size()) break;
    if (result_.vocabulary.Find(entry->first).has_value()) continue;  // The padding or the unknown token.
    AddKey(entry->first, entry->second);
  }
  if (config_.has_unknown_token()) {
    result_.counts[config_.has_padding_token() ? 1 : 0] = result_.num_tokens - result_.num_known_tokens;
  }
  return std::move(result_);
}

}  // namespace shoal
