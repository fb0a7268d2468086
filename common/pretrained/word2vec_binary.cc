#include "common/pretrained/word2vec_binary.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"
#include "common/pretrained/element_type.h"

namespace shoal {
namespace {

constexpr size_t kMaxHeaderBytes = 64;
constexpr size_t kMaxWordBytes = 1 << 16;

}  // namespace

Word2vecBinary::Word2vecBinary(std::unique_ptr<ExactReader> reader, const Word2vecHeader& header)
    : PretrainedVectors(reader->name(), header.dim, header.num_rows), reader_(std::move(reader)) {}

absl::StatusOr<std::unique_ptr<PretrainedVectors>> Word2vecBinary::Open(std::unique_ptr<ByteSource> source,
                                                                        const std::string& path) {
  auto reader = std::make_unique<ExactReader>(std::move(source), path);
  std::string line;
  while (line.size() < kMaxHeaderBytes) {
    SHOAL_ASSIGN_OR_RETURN(const absl::string_view byte, reader->Read(1, "first line"));
    if (byte == "\n") break;
    line.append(byte.data(), 1);
  }
  SHOAL_ASSIGN_OR_RETURN(const Word2vecHeader header, ParseWord2vecHeader(path, line));
  return std::unique_ptr<PretrainedVectors>(new Word2vecBinary(std::move(reader), header));
}

std::string Word2vecBinary::Location() const {
  return absl::StrCat(path(), ": row ", next_row_ - 1, ", word ", QuoteText(word_));
}

absl::StatusOr<bool> Word2vecBinary::ReadWord() {
  word_.clear();
  while (word_.size() < kMaxWordBytes) {
    SHOAL_ASSIGN_OR_RETURN(const absl::string_view byte,
                           word_.empty() ? reader_->ReadOrEnd(1, "word") : reader_->Read(1, "word"));
    if (byte.empty()) return false;
    if (byte == "\n" && word_.empty()) continue;
    if (byte == " ") break;
    word_.append(byte.data(), 1);
  }
  if (!word_.empty() && word_.size() < kMaxWordBytes) return true;
  return absl::InvalidArgumentError(absl::StrCat("'", path(), "', row ", next_row_, ", byte ", reader_->position(),
                                                 ": ", word_.empty() ? "the word is empty" : "no space ends the word ",
                                                 word_.empty() ? "" : QuoteText(word_)));
}

absl::StatusOr<bool> Word2vecBinary::ReadRow(absl::Span<float> row) {
  SHOAL_ASSIGN_OR_RETURN(const bool more, ReadWord());
  if (!more) return false;
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view bytes,
                         reader_->Read(row.size() * BytesOf(ElementType::kFloat32), absl::StrCat("row ", next_row_)));
  DecodeElements(ElementType::kFloat32, bytes, row);
  ++next_row_;
  return true;
}

}  // namespace shoal
