// What a zstd stream unpacks to: one frame or several one after the other (RFC 8878).
#ifndef SHOAL_COMMON_DATA_ZSTD_SOURCE_H_
#define SHOAL_COMMON_DATA_ZSTD_SOURCE_H_

#include <zstd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/data/byte_source.h"

namespace shoal {

// Whether a file that begins with `magic` is a zstd stream.
bool LooksLikeZstd(absl::string_view magic);

// DataLoss where the stream is damaged or ends early. Windows above zstd's default limit (128 MiB) are refused.
class ZstdSource : public ByteSource {
 public:
  // `name` stands in errors.
  ZstdSource(std::unique_ptr<ByteSource> packed, std::string name);

  absl::StatusOr<size_t> Read(char* data, size_t size) override;

 private:
  struct FreeStream {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  std::unique_ptr<ByteSource> packed_;
  std::string name_;
  std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_;
  bool in_frame_ = true;      // An empty file is a truncated one.
  bool output_full_ = false;  // The decoder may hold unpacked bytes that did not fit.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_ZSTD_SOURCE_H_
