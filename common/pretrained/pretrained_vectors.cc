#include "common/pretrained/pretrained_vectors.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<bool> PretrainedVectors::Next() {
  SHOAL_ASSIGN_OR_RETURN(const bool more, ReadRow(absl::MakeSpan(row_)));
  if (!more) {
    if (!num_rows_.has_value() || rows_read_ == *num_rows_) return false;
    return absl::DataLossError(
        absl::StrCat("'", path_, "' is truncated: it has ", rows_read_, " rows; its header says ", *num_rows_));
  }
  if (num_rows_.has_value() && rows_read_ == *num_rows_) {
    return absl::InvalidArgumentError(
        absl::StrCat(Location(), ": more rows follow than the ", *num_rows_, " that the header says"));
  }
  ++rows_read_;
  for (size_t i = 0; i < row_.size(); ++i) {
    if (std::isfinite(row_[i])) continue;
    return absl::InvalidArgumentError(absl::StrCat(Location(), ": number ", i + 1, " of ", row_.size(), " is ", row_[i],
                                                   ", not finite as a float32"));
  }
  return true;
}

absl::Status CheckPretrainedShape(absl::string_view path, int64_t num_rows, int64_t dim) {
  if (num_rows < 0)
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' says that it has ", num_rows, " rows"));
  if (dim >= 1 && dim <= kMaxPretrainedDim) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", path, "' says that a row has ", dim, " numbers; it must have 1 to ", kMaxPretrainedDim));
}

}  // namespace shoal
