#include "common/data/id_space.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

absl::StatusOr<uint64_t> ParseWholeNumber(absl::string_view text) {
  uint64_t value;
  if (absl::SimpleAtoi(text, &value)) return value;
  const absl::string_view digits = absl::StripAsciiWhitespace(text);
  bool all_digits = digits.size() > 1;
  for (const char c : digits.substr(digits.empty() ? 0 : 1)) all_digits = all_digits && absl::ascii_isdigit(c);
  const char* problem = " is not a whole number";
  if (all_digits && digits[0] == '-') problem = " is negative";
  if (all_digits && digits[0] != '-') problem = " is too large";
  return absl::InvalidArgumentError(absl::StrCat(QuoteText(text), problem));
}

// The digits of a whole number without leading zeros. REQUIRES: ParseWholeNumber takes the text.
absl::string_view CanonicalDigits(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text[0] == '+') text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
  return text;
}

constexpr char kLabels[] = "labels of data.train";

std::string KeysOf(const std::string& table) { return absl::StrCat("keys of table '", table, "'"); }

}  // namespace

IdSpace::IdSpace(Kind kind, std::string owner, int64_t num_embeddings, Vocabulary vocabulary)
    : kind_(kind),
      owner_(std::move(owner)),
      num_embeddings_(static_cast<uint64_t>(num_embeddings)),
      vocabulary_(std::move(vocabulary)) {}

IdSpace IdSpace::Direct(const std::string& table, int64_t num_embeddings) {
  return IdSpace(Kind::kDirect, absl::StrCat("table '", table, "'"), num_embeddings, Vocabulary());
}
IdSpace IdSpace::Growing(const std::string& table) { return IdSpace(Kind::kGrowing, KeysOf(table), 0, Vocabulary()); }
IdSpace IdSpace::Known(const std::string& table, Vocabulary vocabulary) {
  return IdSpace(Kind::kKnown, KeysOf(table), 0, std::move(vocabulary));
}
IdSpace IdSpace::GrowingLabels() {
  IdSpace space(Kind::kGrowing, kLabels, 0, Vocabulary());
  space.counts_labels_ = true;
  return space;
}
IdSpace IdSpace::KnownLabels(Vocabulary vocabulary) { return IdSpace(Kind::kKnown, kLabels, 0, std::move(vocabulary)); }

absl::StatusOr<IdSpace::Lookup> IdSpace::Find(absl::string_view text, ColumnConfig::Type type) const {
  if (text.empty()) {
    return absl::InvalidArgumentError(type == ColumnConfig::LABEL ? "the label is empty" : "the id is empty");
  }
  absl::string_view key = text;
  if (type == ColumnConfig::INTEGER_ID) {
    SHOAL_ASSIGN_OR_RETURN(const uint64_t number, ParseWholeNumber(text));
    if (kind_ == Kind::kDirect) {
      if (number < num_embeddings_) return Lookup{number, {}};
      return absl::InvalidArgumentError(absl::StrCat("id ", number, " is out of range: ", owner_,
                                                     " has num_embeddings ", num_embeddings_, ", ids 0 to ",
                                                     num_embeddings_ - 1));
    }
    key = CanonicalDigits(text);
  }
  const absl::optional<uint64_t> id = vocabulary_.Find(key);
  if (id.has_value()) return Lookup{*id, {}};
  if (kind_ == Kind::kGrowing) return Lookup{0, key};
  return absl::InvalidArgumentError(
      absl::StrCat(QuoteText(key), " is not one of the ", vocabulary_.size(), " ", owner_));
}

uint64_t IdSpace::Take(const Lookup& lookup) {
  const uint64_t id = lookup.new_key.empty() ? lookup.id : vocabulary_.Add(lookup.new_key);
  if (!counts_labels_) return id;
  label_counts_.resize(static_cast<size_t>(vocabulary_.size()));
  ++label_counts_[static_cast<size_t>(id)];
  return id;
}

}  // namespace shoal
