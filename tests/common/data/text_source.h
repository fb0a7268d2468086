// A byte source over a text in memory, which comes in pieces of a given size.
#ifndef SHOAL_TESTS_COMMON_DATA_TEXT_SOURCE_H_
#define SHOAL_TESTS_COMMON_DATA_TEXT_SOURCE_H_

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "common/data/byte_source.h"

namespace shoal {

class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text, size_t piece_bytes = std::numeric_limits<size_t>::max())
      : text_(std::move(text)), piece_bytes_(piece_bytes) {}

  absl::StatusOr<size_t> Read(char* data, size_t size) override {
    const size_t count = text_.copy(data, std::min(size, piece_bytes_), position_);
    position_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t piece_bytes_;
  size_t position_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_DATA_TEXT_SOURCE_H_
