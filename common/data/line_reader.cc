#include "common/data/line_reader.h"

#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr size_t kBlockBytes = 256 << 10;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

absl::StatusOr<std::unique_ptr<LineReader>> LineReader::Open(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenByteSource(path));
  return std::make_unique<LineReader>(std::move(source), path);
}

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::string name, size_t max_line_bytes)
    : source_(std::move(source)), name_(std::move(name)), max_line_bytes_(max_line_bytes), buffer_(kBlockBytes) {}

std::string LineReader::Location() const { return absl::StrCat(name_, ":", line_number_); }

absl::Status LineReader::Fill() {
  const size_t rest = end_ - begin_;
  if (begin_ > 0 && rest > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, rest);
  begin_ = 0;
  end_ = rest;
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  SHOAL_ASSIGN_OR_RETURN(const size_t got, source_->Read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += got;
  at_end_ = got == 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> LineReader::Next() {
  ++line_number_;
  size_t length = 0;
  const char* line_feed = nullptr;
  while (true) {
    const size_t searched = length;
    length = end_ - begin_;
    line_feed = static_cast<const char*>(std::memchr(buffer_.data() + begin_ + searched, '\n', length - searched));
    if (line_feed != nullptr) length = static_cast<size_t>(line_feed - buffer_.data()) - begin_;
    if (length > max_line_bytes_) {
      return absl::InvalidArgumentError(
          absl::StrCat(Location(), ": the line is longer than ", max_line_bytes_, " bytes"));
    }
    if (line_feed != nullptr || at_end_) break;
    SHOAL_RETURN_IF_ERROR(Fill());
  }
  if (line_feed == nullptr && length == 0) return false;
  line_ = absl::string_view(buffer_.data() + begin_, length);
  begin_ += length + (line_feed != nullptr ? 1 : 0);
  line_ = absl::StripSuffix(line_, "\r");
  if (line_number_ == 1) line_ = absl::StripPrefix(line_, kByteOrderMark);
  return true;
}

}  // namespace shoal
