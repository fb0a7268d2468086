#include "common/data/label_vocabulary.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace shoal {
namespace {

// A whole number of any length, or a text that is none. Comparing two compares what they stand for, then their bytes.
struct LabelOrder {
  explicit LabelOrder(const std::string& label) : text(label) {
    absl::string_view rest = text;
    negative = absl::ConsumePrefix(&rest, "-");
    is_number = !rest.empty() && std::all_of(rest.begin(), rest.end(), absl::ascii_isdigit);
    while (rest.size() > 1 && rest[0] == '0') rest.remove_prefix(1);
    if (is_number) digits = rest;
  }

  bool operator<(const LabelOrder& other) const {
    if (is_number != other.is_number) return is_number;
    if (!is_number) return text < other.text;
    if (negative != other.negative) return negative;
    const auto size_and_digits = std::make_pair(digits.size(), digits);
    const auto others = std::make_pair(other.digits.size(), other.digits);
    if (size_and_digits != others) return (size_and_digits < others) != negative;
    return text < other.text;
  }

  absl::string_view text;
  bool negative;
  bool is_number;
  absl::string_view digits;  // Of a number, without leading zeros.
};

}  // namespace

Vocabulary SortLabels(const Vocabulary& labels, absl::Span<const int64_t> counts) {
  std::vector<std::pair<int64_t, LabelOrder>> order;  // By falling count.
  order.reserve(static_cast<size_t>(labels.size()));
  for (size_t i = 0; i < static_cast<size_t>(labels.size()); ++i) {
    order.emplace_back(counts.empty() ? 0 : -counts[i], labels.key(i));
  }
  std::sort(order.begin(), order.end());
  Vocabulary sorted;
  for (const auto& [count, label] : order) sorted.Add(label.text);
  return sorted;
}

std::string LabelVocabularyName(absl::string_view column) { return absl::StrCat("label.", column); }

}  // namespace shoal
