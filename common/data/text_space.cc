#include "common/data/text_space.h"

#include <algorithm>

#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<TextSpace> TextSpace::Growing(const TextConfig& config) {
  TextSpace space(config);
  SHOAL_ASSIGN_OR_RETURN(space.builder_, TextVocabularyBuilder::Create(config));
  return space;
}

absl::StatusOr<TextSpace> TextSpace::Known(const TextConfig& config, Vocabulary vocabulary) {
  TextSpace space(config);
  SHOAL_ASSIGN_OR_RETURN(space.encoder_, TextEncoder::Create(config, std::move(vocabulary)));
  return space;
}

absl::Status TextSpace::Read(absl::string_view text, std::vector<uint64_t>* ids) {
  if (builder_.has_value()) return builder_->Add(text);
  const auto begin = static_cast<std::vector<uint64_t>::difference_type>(ids->size());
  SHOAL_RETURN_IF_ERROR(encoder_->Encode(text, &scratch_, ids));
  if (encoder_->padding_id().has_value()) {
    ids->erase(std::remove(ids->begin() + begin, ids->end(), *encoder_->padding_id()), ids->end());
  }
  return absl::OkStatus();
}

absl::Status TextSpace::Freeze() {
  if (!builder_.has_value()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(encoder_, TextEncoder::Create(config_, (*std::move(builder_)).Build().vocabulary));
  builder_.reset();
  return absl::OkStatus();
}

}  // namespace shoal
