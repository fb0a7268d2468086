// From a text to row ids: keys of the vocabulary are rows 0, 1, ..., buckets the rows behind them. The bucket of an
// entry is XXH3-64 of its bytes modulo hash_buckets.
//
// Thread safety: const methods may run concurrently, each with its own scratch.
#ifndef SHOAL_COMMON_TEXT_TEXT_ENCODER_H_
#define SHOAL_COMMON_TEXT_TEXT_ENCODER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/data/vocabulary.h"
#include "common/text/text_tokenizer.h"
#include "proto/job.pb.h"

namespace shoal {

class TextEncoder {
 public:
  // Memory that is used again for the next text.
  struct Scratch {
    TokenList list;
    std::string ngram;
  };

  // `vocabulary` as TextVocabularyBuilder makes it of the same config. InvalidArgument: as TextTokenizer::Create, or
  // the vocabulary lacks the padding or the unknown token.
  static absl::StatusOr<TextEncoder> Create(const TextConfig& config, Vocabulary vocabulary);

  // Appends the ids of the text's tokens, in order, then those of its n-grams. InvalidArgument says which byte of the
  // text is wrong; `*ids` is unchanged then.
  absl::Status Encode(absl::string_view text, Scratch* scratch, std::vector<uint64_t>* ids) const;

  // Rows that a table needs: keys and buckets.
  int64_t num_ids() const { return vocabulary_.size() + static_cast<int64_t>(hash_buckets_); }
  absl::optional<uint64_t> padding_id() const { return padding_id_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  TextEncoder(const TextConfig& config, TextTokenizer tokenizer, Vocabulary vocabulary);

  uint64_t Bucket(absl::string_view entry) const;

  TextTokenizer tokenizer_;
  Vocabulary vocabulary_;
  uint64_t hash_buckets_;
  bool hashes_tokens_;
  int word_ngrams_;
  absl::optional<uint64_t> padding_id_;
  absl::optional<uint64_t> unknown_id_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_TEXT_ENCODER_H_
