#include "common/data/gzip_source.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr size_t kInputBytes = 64 << 10;
// Adds the gzip header and trailer to the window size, as zlib.h says.
constexpr int kGzipWindowBits = MAX_WBITS + 16;

}  // namespace

bool LooksLikeGzip(absl::string_view magic) { return absl::StartsWith(magic, "\x1f\x8b"); }

GzipSource::GzipSource(std::unique_ptr<ByteSource> packed, std::string name)
    : packed_(std::move(packed)), name_(std::move(name)), input_(kInputBytes) {
  // Fails only for want of memory or with a wrong zlib; then the first inflate fails as well and is reported.
  inflateInit2(&stream_, kGzipWindowBits);
}

GzipSource::~GzipSource() { inflateEnd(&stream_); }

absl::StatusOr<bool> GzipSource::Fill() {
  if (stream_.avail_in > 0) return true;
  SHOAL_ASSIGN_OR_RETURN(const size_t got, packed_->Read(input_.data(), input_.size()));
  stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_.avail_in = static_cast<uInt>(got);
  return got > 0;
}

absl::StatusOr<size_t> GzipSource::Read(char* data, size_t size) {
  const uInt room = static_cast<uInt>(std::min<size_t>(size, std::numeric_limits<uInt>::max()));
  stream_.next_out = reinterpret_cast<Bytef*>(data);
  stream_.avail_out = room;
  while (stream_.avail_out == room) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) {
      if (!in_member_) return 0;
      return absl::DataLossError(absl::StrCat("'", name_, "' is truncated: its gzip data ends early"));
    }
    if (!in_member_) inflateReset(&stream_);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      return absl::DataLossError(
          absl::StrCat("'", name_, "' has corrupt gzip data: ", stream_.msg != nullptr ? stream_.msg : zError(result)));
    }
    in_member_ = result != Z_STREAM_END;
  }
  return room - stream_.avail_out;
}

}  // namespace shoal
