// A stream of bytes that is read once, front to back: a file, or what a compressed file unpacks to.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_BYTE_SOURCE_H_
#define SHOAL_COMMON_DATA_BYTE_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace shoal {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Writes up to `size` bytes to `data` and returns their number, which is 0 only at the end. Errors name the file;
  // after one the source must not be read on. REQUIRES: size >= 1.
  virtual absl::StatusOr<size_t> Read(char* data, size_t size) = 0;
};

// Opens a file, unpacked if its first bytes are those of gzip or zstd. NotFound and other errors name the path.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_BYTE_SOURCE_H_
