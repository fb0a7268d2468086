#include "common/pretrained/matrix_vectors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

MatrixVectors::MatrixVectors(std::unique_ptr<ExactReader> reader, const Shape& shape, bool fills_file)
    : PretrainedVectors(reader->name(), shape.dim, shape.num_rows),
      reader_(std::move(reader)),
      shape_(shape),
      fills_file_(fills_file) {}

std::string MatrixVectors::Location() const { return absl::StrCat(path(), ": row ", next_row_ - 1); }

absl::StatusOr<bool> MatrixVectors::ReadRow(absl::Span<float> row) {
  if (next_row_ == shape_.num_rows) {
    if (!fills_file_) return false;
    SHOAL_ASSIGN_OR_RETURN(const bool at_end, reader_->AtEnd());
    if (at_end) return false;
    return absl::InvalidArgumentError(absl::StrCat("'", path(), "' goes on behind byte ", reader_->position(),
                                                   ", where its ", shape_.num_rows, " rows end"));
  }
  SHOAL_ASSIGN_OR_RETURN(
      const absl::string_view bytes,
      reader_->Read(row.size() * BytesOf(shape_.type), absl::StrCat("row ", next_row_, " of ", shape_.num_rows)));
  DecodeElements(shape_.type, bytes, row);
  ++next_row_;
  return true;
}

}  // namespace shoal
