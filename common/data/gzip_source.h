// What a gzip stream unpacks to: one member or several one after the other (RFC 1952).
#ifndef SHOAL_COMMON_DATA_GZIP_SOURCE_H_
#define SHOAL_COMMON_DATA_GZIP_SOURCE_H_

#include <zlib.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/data/byte_source.h"

namespace shoal {

// Whether a file that begins with `magic` is a gzip stream.
bool LooksLikeGzip(absl::string_view magic);

// DataLoss where the stream is damaged or ends early: every member's length and checksum are compared.
class GzipSource : public ByteSource {
 public:
  // `name` stands in errors.
  GzipSource(std::unique_ptr<ByteSource> packed, std::string name);
  ~GzipSource() override;
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  absl::StatusOr<size_t> Read(char* data, size_t size) override;

 private:
  // Makes packed bytes available. False at the end of the packed source.
  absl::StatusOr<bool> Fill();

  std::unique_ptr<ByteSource> packed_;
  std::string name_;
  std::vector<char> input_;
  z_stream stream_ = {};
  bool in_member_ = true;  // An empty file is a truncated one.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_GZIP_SOURCE_H_
