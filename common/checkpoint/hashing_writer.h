// Gathers small pieces into large writes of a file and hashes them as they leave.
//
// The first error sticks: later pieces are ignored, so that callers may check once a section.
//
// Thread safety: external.
#ifndef SHOAL_COMMON_CHECKPOINT_HASHING_WRITER_H_
#define SHOAL_COMMON_CHECKPOINT_HASHING_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/base/hash.h"

namespace shoal {

class HashingWriter {
 public:
  // Creates the file, and its directory if need be.
  static absl::StatusOr<HashingWriter> Create(FileSystem& file_system, const std::string& path);

  void Append(const void* bytes, size_t count);

  // Ends a tensor (or the header): the XXH3-128 of the bytes since the last call, in hexadecimal.
  absl::StatusOr<std::string> EndSection();

  // Written so far; exact after EndSection.
  uint64_t bytes() const { return bytes_; }

  // Syncs and closes; the hash of all bytes. REQUIRES: called once, after the last EndSection.
  absl::StatusOr<std::string> Finish();

 private:
  explicit HashingWriter(std::unique_ptr<WritableFile> file);

  void Flush();

  std::unique_ptr<WritableFile> file_;
  std::string buffer_;
  Hasher128 section_;
  Hasher128 whole_;
  uint64_t bytes_ = 0;
  absl::Status status_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_HASHING_WRITER_H_
