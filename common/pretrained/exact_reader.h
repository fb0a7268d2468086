// Exact numbers of bytes out of a byte source.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_PRETRAINED_EXACT_READER_H_
#define SHOAL_COMMON_PRETRAINED_EXACT_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/byte_source.h"

namespace shoal {

class ExactReader {
 public:
  // `name` stands in errors.
  ExactReader(std::unique_ptr<ByteSource> source, std::string name);

  // The next `size` bytes, valid until the next call. Memory grows with what is there, not with what is asked for.
  // DataLoss: the source ends before that; `what` says in the error what was read.
  absl::StatusOr<absl::string_view> Read(size_t size, absl::string_view what);
  // As Read, but an end in front of the first byte is no error: nothing is returned then.
  absl::StatusOr<absl::string_view> ReadOrEnd(size_t size, absl::string_view what);
  absl::Status Skip(uint64_t size, absl::string_view what);
  absl::StatusOr<bool> AtEnd();

  // Bytes handed out or skipped.
  uint64_t position() const { return position_; }
  const std::string& name() const { return name_; }

 private:
  // Has at least `size` bytes in the buffer, or all that are left.
  absl::Status Fill(size_t size);
  absl::Status Truncated(uint64_t missing, absl::string_view what) const;
  absl::string_view Take(size_t size);

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // Bytes begin_ to end_ of the buffer are not yet handed out.
  size_t end_ = 0;
  uint64_t position_ = 0;
  bool at_end_ = false;  // The source is.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_EXACT_READER_H_
