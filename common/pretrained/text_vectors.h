// Vectors in text, a row a line: a word, then its numbers, separated by blanks. word2vec text begins with a line "rows
// dimension"; GloVe has none, and its first row says how many numbers there are. Words may hold blanks: the last
// numbers of a line are the vector.
#ifndef SHOAL_COMMON_PRETRAINED_TEXT_VECTORS_H_
#define SHOAL_COMMON_PRETRAINED_TEXT_VECTORS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/data/line_reader.h"
#include "common/pretrained/pretrained_vectors.h"

namespace shoal {

class TextVectors : public PretrainedVectors {
 public:
  enum class Layout {
    kWord2vec,
    kGlove,
    kByFirstLine,  // kWord2vec if the first line is two whole numbers.
  };
  // Reads the first line. InvalidArgument: it is none of such a file.
  static absl::StatusOr<std::unique_ptr<PretrainedVectors>> Open(std::unique_ptr<LineReader> lines, Layout layout);

  bool has_words() const override { return true; }
  absl::string_view word() const override { return word_; }
  std::string Location() const override { return lines_->Location(); }

 protected:
  absl::StatusOr<bool> ReadRow(absl::Span<float> row) override;

 private:
  TextVectors(std::unique_ptr<LineReader> lines, int64_t dim, absl::optional<int64_t> num_rows, bool at_row);

  std::unique_ptr<LineReader> lines_;
  bool at_row_;  // The line is a row that was not yet handed out.
  absl::string_view word_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_TEXT_VECTORS_H_
