// The first line of word2vec files, text and binary: "rows dimension".
#ifndef SHOAL_COMMON_PRETRAINED_WORD2VEC_HEADER_H_
#define SHOAL_COMMON_PRETRAINED_WORD2VEC_HEADER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

struct Word2vecHeader {
  int64_t num_rows = 0;
  int64_t dim = 0;
};

// Whether the line is two whole numbers.
bool LooksLikeWord2vecHeader(absl::string_view line);

// InvalidArgument names `path` and the line, or what cannot be read of such a shape.
absl::StatusOr<Word2vecHeader> ParseWord2vecHeader(const std::string& path, absl::string_view line);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_WORD2VEC_HEADER_H_
