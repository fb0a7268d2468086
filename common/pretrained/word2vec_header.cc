#include "common/pretrained/word2vec_header.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"
#include "common/pretrained/pretrained_vectors.h"

namespace shoal {
namespace {

absl::optional<Word2vecHeader> Parse(absl::string_view line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  Word2vecHeader header;
  if (fields.size() != 2 || !absl::SimpleAtoi(fields[0], &header.num_rows) ||
      !absl::SimpleAtoi(fields[1], &header.dim)) {
    return absl::nullopt;
  }
  return header;
}

}  // namespace

bool LooksLikeWord2vecHeader(absl::string_view line) { return Parse(line).has_value(); }

absl::StatusOr<Word2vecHeader> ParseWord2vecHeader(const std::string& path, absl::string_view line) {
  const absl::optional<Word2vecHeader> header = Parse(line);
  if (!header.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ":1: the first line of a word2vec file is its number of rows and of numbers a row, this one is ",
        QuoteText(line)));
  }
  SHOAL_RETURN_IF_ERROR(CheckPretrainedShape(path, header->num_rows, header->dim));
  return *header;
}

}  // namespace shoal
