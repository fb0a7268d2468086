// The pieces of a SentencePiece model: unigram, BPE, word or character, as spm_train made it, with its normalisation.
// Pieces mark the beginning of a word by U+2581.
#ifndef SHOAL_COMMON_TEXT_SENTENCEPIECE_TOKENIZER_H_
#define SHOAL_COMMON_TEXT_SENTENCEPIECE_TOKENIZER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/text/sentencepiece_module.h"
#include "common/text/tokenizer.h"

namespace shoal {

class SentencePieceTokenizer : public Tokenizer {
 public:
  // NotFound, InvalidArgument: the model cannot be read, or is none. Unimplemented: this build has no SentencePiece, or
  // runs under AddressSanitizer or ThreadSanitizer, which forbid the way it is loaded.
  static absl::StatusOr<std::unique_ptr<SentencePieceTokenizer>> Load(const std::string& model_path);
  ~SentencePieceTokenizer() override;
  SentencePieceTokenizer(const SentencePieceTokenizer&) = delete;
  SentencePieceTokenizer& operator=(const SentencePieceTokenizer&) = delete;

  absl::Status Split(absl::string_view text, TokenList* list) const override;

 private:
  SentencePieceTokenizer(const SentencePieceFunctions* functions, void* model, std::string model_path);

  const SentencePieceFunctions* functions_;  // Lives as long as the process.
  void* model_;
  std::string model_path_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_SENTENCEPIECE_TOKENIZER_H_
