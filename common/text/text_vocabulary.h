// Counts the entries of texts and makes a vocabulary of them.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_TEXT_TEXT_VOCABULARY_H_
#define SHOAL_COMMON_TEXT_TEXT_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/vocabulary.h"
#include "common/text/text_tokenizer.h"
#include "proto/job.pb.h"

namespace shoal {

struct TextVocabulary {
  // Padding token, unknown token, where there are such, then entries by descending count, of the same count by first
  // appearance.
  Vocabulary vocabulary;
  // By id. The unknown token's are the tokens that it stands for.
  std::vector<int64_t> counts;
  int64_t num_texts = 0;
  int64_t num_tokens = 0;        // n-grams not among them.
  int64_t num_known_tokens = 0;  // Those that are a key other than the unknown token.
  int64_t num_distinct = 0;      // Distinct entries that were counted, before min_count and max_size.
};

class TextVocabularyBuilder {
 public:
  // InvalidArgument: as TextTokenizer::Create.
  static absl::StatusOr<TextVocabularyBuilder> Create(const TextConfig& config);

  // Counts the entries of a text: its tokens, and its n-grams unless they are hashed; none where everything is hashed.
  // InvalidArgument says which byte of the text is wrong; nothing is counted then.
  absl::Status Add(absl::string_view text);

  // REQUIRES: nothing is called afterwards.
  TextVocabulary Build() &&;

 private:
  struct Entry {
    int64_t count = 0;        // As a token and as an n-gram.
    int64_t token_count = 0;  // As a token.
    size_t rank = 0;          // Number of distinct entries that appeared before it.
  };

  TextVocabularyBuilder(const TextConfig& config, TextTokenizer tokenizer)
      : config_(config), tokenizer_(std::move(tokenizer)) {}

  Entry& Count(absl::string_view key);
  // Entries that get a row, in order of id.
  std::vector<const std::pair<const std::string, Entry>*> Selected() const;
  void AddKey(const std::string& key, const Entry& entry);

  TextConfig config_;
  TextTokenizer tokenizer_;
  TokenList list_;
  std::string ngram_;
  absl::flat_hash_map<std::string, Entry> entries_;
  TextVocabulary result_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_TEXT_VOCABULARY_H_
