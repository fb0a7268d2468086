#include "common/pretrained/exact_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr size_t kBlockBytes = 256 << 10;

}  // namespace

ExactReader::ExactReader(std::unique_ptr<ByteSource> source, std::string name)
    : source_(std::move(source)), name_(std::move(name)), buffer_(kBlockBytes) {}

absl::Status ExactReader::Fill(size_t size) {
  while (end_ - begin_ < size && !at_end_) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
    SHOAL_ASSIGN_OR_RETURN(const size_t got, source_->Read(buffer_.data() + end_, buffer_.size() - end_));
    end_ += got;
    at_end_ = got == 0;
  }
  return absl::OkStatus();
}

absl::Status ExactReader::Truncated(uint64_t missing, absl::string_view what) const {
  return absl::DataLossError(absl::StrCat("'", name_, "' is truncated: it ends at byte ", position_ + (end_ - begin_),
                                          ", in its ", what, ", of which ", missing, " bytes are missing"));
}

absl::string_view ExactReader::Take(size_t size) {
  const absl::string_view bytes(buffer_.data() + begin_, size);
  begin_ += size;
  position_ += size;
  return bytes;
}

absl::StatusOr<absl::string_view> ExactReader::Read(size_t size, absl::string_view what) {
  SHOAL_RETURN_IF_ERROR(Fill(size));
  if (end_ - begin_ < size) return Truncated(size - (end_ - begin_), what);
  return Take(size);
}

absl::StatusOr<absl::string_view> ExactReader::ReadOrEnd(size_t size, absl::string_view what) {
  SHOAL_ASSIGN_OR_RETURN(const bool at_end, AtEnd());
  if (at_end) return absl::string_view();
  return Read(size, what);
}

absl::Status ExactReader::Skip(uint64_t size, absl::string_view what) {
  while (size > 0) {
    SHOAL_RETURN_IF_ERROR(Fill(1));
    const uint64_t step = std::min<uint64_t>(size, end_ - begin_);
    if (step == 0) return Truncated(size, what);
    Take(static_cast<size_t>(step));
    size -= step;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ExactReader::AtEnd() {
  SHOAL_RETURN_IF_ERROR(Fill(1));
  return begin_ == end_;
}

}  // namespace shoal
