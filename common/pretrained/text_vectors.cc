#include "common/pretrained/text_vectors.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"
#include "common/pretrained/word2vec_header.h"

namespace shoal {
namespace {

constexpr absl::string_view kBlanks = " \t";

absl::string_view StripTrailingBlanks(absl::string_view text) {
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);  // npos + 1 is 0.
}

// Takes the last field off `*text`; empty where there is none.
absl::string_view TakeLast(absl::string_view* text) {
  *text = StripTrailingBlanks(*text);
  const absl::string_view field = text->substr(text->find_last_of(kBlanks) + 1);
  text->remove_suffix(field.size());
  return field;
}

// Numbers at the end of the line, behind one field at least.
int64_t CountNumbers(absl::string_view line) {
  int64_t count = 0;
  while (true) {
    float value;
    const absl::string_view field = TakeLast(&line);
    if (!absl::SimpleAtof(field, &value) || StripTrailingBlanks(line).empty()) return count;
    ++count;
  }
}

absl::Status CheckDim(const LineReader& lines, int64_t dim) {
  if (dim >= 1 && dim <= kMaxPretrainedDim) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(lines.Location(), ": the line should be a word and 1 to ",
                                                 kMaxPretrainedDim, " numbers, and has ", dim, ": ",
                                                 QuoteText(lines.line())));
}

}  // namespace

TextVectors::TextVectors(std::unique_ptr<LineReader> lines, int64_t dim, absl::optional<int64_t> num_rows, bool at_row)
    : PretrainedVectors(lines->name(), dim, num_rows), lines_(std::move(lines)), at_row_(at_row) {}

absl::StatusOr<std::unique_ptr<PretrainedVectors>> TextVectors::Open(std::unique_ptr<LineReader> lines, Layout layout) {
  SHOAL_ASSIGN_OR_RETURN(const bool any, lines->Next());
  if (!any) return absl::InvalidArgumentError(absl::StrCat("'", lines->name(), "' is empty; it should hold vectors"));
  if (layout == Layout::kWord2vec || (layout == Layout::kByFirstLine && LooksLikeWord2vecHeader(lines->line()))) {
    SHOAL_ASSIGN_OR_RETURN(const Word2vecHeader header, ParseWord2vecHeader(lines->name(), lines->line()));
    return std::unique_ptr<PretrainedVectors>(
        new TextVectors(std::move(lines), header.dim, header.num_rows, /*at_row=*/false));
  }
  const int64_t dim = CountNumbers(lines->line());
  SHOAL_RETURN_IF_ERROR(CheckDim(*lines, dim));
  return std::unique_ptr<PretrainedVectors>(new TextVectors(std::move(lines), dim, absl::nullopt, /*at_row=*/true));
}

absl::StatusOr<bool> TextVectors::ReadRow(absl::Span<float> row) {
  while (!at_row_) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, lines_->Next());
    if (!more) return false;
    at_row_ = !lines_->line().empty();
  }
  at_row_ = false;
  absl::string_view rest = lines_->line();
  for (size_t i = row.size(); i > 0; --i) {
    const absl::string_view field = TakeLast(&rest);
    if (absl::SimpleAtof(field, &row[i - 1])) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        lines_->Location(), ": the line should end with ", row.size(), " numbers; ",
        field.empty() ? absl::StrCat("it has ", row.size() - i) : absl::StrCat(QuoteText(field), " is none")));
  }
  word_ = StripTrailingBlanks(rest);
  if (!word_.empty()) return true;
  return absl::InvalidArgumentError(
      absl::StrCat(lines_->Location(), ": no word stands in front of the ", row.size(), " numbers"));
}

}  // namespace shoal
