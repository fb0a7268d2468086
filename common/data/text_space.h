// How a text becomes the row ids of its tokens: through a vocabulary that is being counted, or one that is known.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_TEXT_SPACE_H_
#define SHOAL_COMMON_DATA_TEXT_SPACE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/data/vocabulary.h"
#include "common/text/text_encoder.h"
#include "common/text/text_vocabulary.h"
#include "proto/job.pb.h"

namespace shoal {

class TextSpace {
 public:
  // Every text counts until Freeze. InvalidArgument, NotFound, Unimplemented: as TextVocabularyBuilder::Create.
  static absl::StatusOr<TextSpace> Growing(const TextConfig& config);
  // InvalidArgument: as TextEncoder::Create.
  static absl::StatusOr<TextSpace> Known(const TextConfig& config, Vocabulary vocabulary);

  // Appends the ids of the text's tokens and n-grams but those of the padding token, which stands for no token; none
  // while the vocabulary is being counted. InvalidArgument: as CheckText.
  absl::Status Read(absl::string_view text, std::vector<uint64_t>* ids);

  // Makes a known space of a growing one.
  absl::Status Freeze();

  // Rows of the table: keys, and hash buckets behind them. REQUIRES: known, for these two.
  int64_t num_ids() const { return encoder_->num_ids(); }
  const Vocabulary& vocabulary() const { return encoder_->vocabulary(); }

 private:
  explicit TextSpace(TextConfig config) : config_(std::move(config)) {}

  TextConfig config_;
  absl::optional<TextVocabularyBuilder> builder_;  // Of a growing space.
  absl::optional<TextEncoder> encoder_;            // Of a known one.
  TextEncoder::Scratch scratch_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_TEXT_SPACE_H_
