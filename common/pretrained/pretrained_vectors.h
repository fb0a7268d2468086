// Vectors of a file, one row after the other in memory bounded by a row, so that a file may be larger than memory.
// Implementations: matrix_vectors.h (NumPy, safetensors), text_vectors.h (word2vec, GloVe), word2vec_binary.h;
// open_pretrained.h opens the one that a job names.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_PRETRAINED_PRETRAINED_VECTORS_H_
#define SHOAL_COMMON_PRETRAINED_PRETRAINED_VECTORS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace shoal {

// Most numbers a row: the most that a table may have.
inline constexpr int64_t kMaxPretrainedDim = 16384;

class PretrainedVectors {
 public:
  virtual ~PretrainedVectors() = default;

  const std::string& path() const { return path_; }
  int dim() const { return static_cast<int>(row_.size()); }
  // Rows that the file says it has; nothing where it does not say.
  absl::optional<int64_t> num_rows() const { return num_rows_; }
  virtual bool has_words() const = 0;

  // Moves to the next row; false at the end. DataLoss, InvalidArgument: the file is truncated, damaged, or has other
  // rows than it says; a number that is not finite. Names file and place. After an error the file must not be read on.
  absl::StatusOr<bool> Next();

  // The row's, valid until Next. REQUIRES: Next returned true.
  absl::Span<const float> vector() const { return row_; }
  // Empty where the file has none.
  virtual absl::string_view word() const { return {}; }
  // Number of the row, from 0.
  int64_t row() const { return rows_read_ - 1; }
  // Where the row stands, for errors: "path:line", or "path: row 5".
  virtual std::string Location() const = 0;

 protected:
  // REQUIRES: 1 <= dim <= kMaxPretrainedDim.
  PretrainedVectors(std::string path, int64_t dim, absl::optional<int64_t> num_rows)
      : path_(std::move(path)), num_rows_(num_rows), row_(static_cast<size_t>(dim)) {}

  // Writes the next row; false at the end. Whether all numbers are finite and all rows are there is checked by Next.
  virtual absl::StatusOr<bool> ReadRow(absl::Span<float> row) = 0;

 private:
  std::string path_;
  absl::optional<int64_t> num_rows_;
  std::vector<float> row_;
  int64_t rows_read_ = 0;
};

// InvalidArgument, of "path: ...": rows below 0, dim not within 1 to kMaxPretrainedDim.
absl::Status CheckPretrainedShape(absl::string_view path, int64_t num_rows, int64_t dim);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_PRETRAINED_VECTORS_H_
