#include "common/pretrained/npy_header.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text), rest_(text) {}

  absl::StatusOr<NpyHeader> Parse() {
    SHOAL_RETURN_IF_ERROR(Expect("{"));
    while (!Take("}")) {
      SHOAL_RETURN_IF_ERROR(ParseItem());
      if (!Take(",")) {
        SHOAL_RETURN_IF_ERROR(Expect("}"));
        break;
      }
    }
    SkipBlanks();
    if (!rest_.empty()) return Error("nothing more");
    if (!has_descr_ || !has_order_ || !has_shape_) {
      return absl::InvalidArgumentError("its header lacks 'descr', 'fortran_order' or 'shape'");
    }
    return header_;
  }

 private:
  void SkipBlanks() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }

  bool Take(absl::string_view token) {
    SkipBlanks();
    return absl::ConsumePrefix(&rest_, token);
  }

  absl::Status Expect(absl::string_view token) {
    return Take(token) ? absl::OkStatus() : Error(absl::StrCat("'", token, "'"));
  }

  absl::Status Error(absl::string_view expected) const {
    return absl::InvalidArgumentError(absl::StrCat("its header should have ", expected, " at byte ",
                                                   text_.size() - rest_.size(), ", has ", QuoteText(rest_)));
  }

  bool* FlagOf(absl::string_view key) {
    if (key == "descr") return &has_descr_;
    if (key == "fortran_order") return &has_order_;
    return key == "shape" ? &has_shape_ : nullptr;
  }

  absl::Status ParseItem() {
    SHOAL_ASSIGN_OR_RETURN(const absl::string_view key, ParseString());
    bool* seen = FlagOf(key);
    if (seen == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("its header has the key ", QuoteText(key), ", which is none of descr, fortran_order, shape"));
    }
    if (*seen) return absl::InvalidArgumentError(absl::StrCat("its header has the key ", QuoteText(key), " twice"));
    *seen = true;
    SHOAL_RETURN_IF_ERROR(Expect(":"));
    if (key == "descr") return ParseDescr();
    if (key == "shape") return ParseShape();
    header_.fortran_order = Take("True");
    return header_.fortran_order ? absl::OkStatus() : Expect("False");
  }

  absl::StatusOr<absl::string_view> ParseString() {
    for (const char* quote : {"'", "\""}) {
      if (!Take(quote)) continue;
      const size_t end = rest_.find(quote[0]);
      if (end == rest_.npos) return Error("a closing quote");
      const absl::string_view value = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      return value;
    }
    return Error("a text in quotes");
  }

  absl::Status ParseDescr() {
    SkipBlanks();
    if (!rest_.empty() && rest_[0] == '[') {
      return absl::InvalidArgumentError(
          "it holds a structured array; it must be one of plain float16, float32 or float64");
    }
    SHOAL_ASSIGN_OR_RETURN(const absl::string_view descr, ParseString());
    header_.descr = std::string(descr);
    return absl::OkStatus();
  }

  absl::Status ParseShape() {
    SHOAL_RETURN_IF_ERROR(Expect("("));
    while (!Take(")")) {
      SkipBlanks();
      size_t digits = 0;
      while (digits < rest_.size() && absl::ascii_isdigit(static_cast<unsigned char>(rest_[digits]))) ++digits;
      int64_t size;
      if (!absl::SimpleAtoi(rest_.substr(0, digits), &size)) return Error("a size of a dimension");
      header_.shape.push_back(size);
      rest_.remove_prefix(digits);
      if (!Take(",")) return Expect(")");
    }
    return absl::OkStatus();
  }

  absl::string_view text_;
  absl::string_view rest_;
  NpyHeader header_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view text) { return Parser(text).Parse(); }

}  // namespace shoal
