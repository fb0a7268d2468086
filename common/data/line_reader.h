// Lines of text, one at a time, in memory bounded by the longest line allowed.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_LINE_READER_H_
#define SHOAL_COMMON_DATA_LINE_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/byte_source.h"

namespace shoal {

class LineReader {
 public:
  static constexpr size_t kMaxLineBytes = 1 << 20;

  // Opens a plain, gzip or zstd file.
  static absl::StatusOr<std::unique_ptr<LineReader>> Open(const std::string& path);

  // `name` stands in errors and locations.
  LineReader(std::unique_ptr<ByteSource> source, std::string name, size_t max_line_bytes = kMaxLineBytes);

  // Moves to the next line; false at the end. A line ends with LF or CR LF, the last one also with the file. A UTF-8
  // byte order mark in front of the first line is left out. InvalidArgument names file and line of a line that is too
  // long.
  absl::StatusOr<bool> Next();

  // The line without its end, valid until Next. REQUIRES: Next returned true.
  absl::string_view line() const { return line_; }

  // Counted from 1.
  int64_t line_number() const { return line_number_; }
  // "name:number".
  std::string Location() const;

  const std::string& name() const { return name_; }

 private:
  // Appends a block of the source to the buffer, and sets at_end_ where there is none.
  absl::Status Fill();

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  size_t max_line_bytes_;
  // Bytes begin_ to end_ of the buffer are read from the source and not yet handed out.
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool at_end_ = false;
  absl::string_view line_;
  int64_t line_number_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_LINE_READER_H_
