// word2vec's binary files: a line "rows dimension", then for each row its word, a space, float32 numbers
// (little-endian) and, as word2vec itself writes them but not everyone, a line feed.
#ifndef SHOAL_COMMON_PRETRAINED_WORD2VEC_BINARY_H_
#define SHOAL_COMMON_PRETRAINED_WORD2VEC_BINARY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/data/byte_source.h"
#include "common/pretrained/exact_reader.h"
#include "common/pretrained/pretrained_vectors.h"
#include "common/pretrained/word2vec_header.h"

namespace shoal {

class Word2vecBinary : public PretrainedVectors {
 public:
  // Reads the first line. DataLoss, InvalidArgument: there is none that can be read.
  static absl::StatusOr<std::unique_ptr<PretrainedVectors>> Open(std::unique_ptr<ByteSource> source,
                                                                 const std::string& path);

  bool has_words() const override { return true; }
  absl::string_view word() const override { return word_; }
  std::string Location() const override;

 protected:
  absl::StatusOr<bool> ReadRow(absl::Span<float> row) override;

 private:
  Word2vecBinary(std::unique_ptr<ExactReader> reader, const Word2vecHeader& header);

  // False at the end of the file.
  absl::StatusOr<bool> ReadWord();

  std::unique_ptr<ExactReader> reader_;
  std::string word_;
  int64_t next_row_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_WORD2VEC_BINARY_H_
