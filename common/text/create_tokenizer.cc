#include "common/text/create_tokenizer.h"

#include "absl/status/status.h"
#include "common/text/sentencepiece_tokenizer.h"
#include "common/text/split_tokenizers.h"
#include "common/text/word_tokenizer.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Tokenizer>> CreateTokenizer(const TextConfig& config) {
  switch (config.tokenizer_case()) {
    case TextConfig::kWhole:
      return std::make_unique<WholeTokenizer>();
    case TextConfig::kWords:
      return WordTokenizer::Create();
    case TextConfig::kCharacters:
      return std::make_unique<CharacterTokenizer>();
    case TextConfig::kSentencepiece:
      if (config.sentencepiece().model().empty()) {
        return absl::InvalidArgumentError("sentencepiece needs a model, a file that spm_train made");
      }
      return SentencePieceTokenizer::Load(config.sentencepiece().model());
    case TextConfig::kWhitespace:
    case TextConfig::TOKENIZER_NOT_SET:
      break;
  }
  return std::make_unique<WhitespaceTokenizer>();
}

}  // namespace shoal
