#include "common/data/zstd_source.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

bool LooksLikeZstd(absl::string_view magic) {
  if (absl::StartsWith(magic, "\x28\xb5\x2f\xfd")) return true;
  // A skippable frame, with which the files of pzstd begin.
  return magic.size() >= 4 && (magic[0] & 0xf0) == 0x50 && magic.substr(1, 3) == "\x2a\x4d\x18";
}

ZstdSource::ZstdSource(std::unique_ptr<ByteSource> packed, std::string name)
    : packed_(std::move(packed)),
      name_(std::move(name)),
      stream_(ZSTD_createDStream()),
      buffer_(ZSTD_DStreamInSize()),
      input_{buffer_.data(), 0, 0} {}

absl::StatusOr<size_t> ZstdSource::Read(char* data, size_t size) {
  ZSTD_outBuffer output{data, size, 0};
  while (output.pos == 0) {
    if (input_.pos == input_.size && !output_full_) {
      SHOAL_ASSIGN_OR_RETURN(input_.size, packed_->Read(buffer_.data(), buffer_.size()));
      input_.pos = 0;
      if (input_.size == 0) {
        if (!in_frame_) return 0;
        return absl::DataLossError(absl::StrCat("'", name_, "' is truncated: its zstd data ends early"));
      }
    }
    const size_t result = ZSTD_decompressStream(stream_.get(), &output, &input_);
    if (ZSTD_isError(result)) {
      return absl::DataLossError(absl::StrCat("'", name_, "' has corrupt zstd data: ", ZSTD_getErrorName(result)));
    }
    in_frame_ = result != 0;
    output_full_ = in_frame_ && output.pos == output.size;
  }
  return output.pos;
}

}  // namespace shoal
