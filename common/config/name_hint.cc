#include "common/config/name_hint.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace shoal {
namespace {

// Insertions, deletions, replacements and swaps of neighbours, each counted once (optimal string alignment).
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> distance(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = i + j;
        continue;
      }
      const size_t replaced = distance[i - 1][j - 1] + (absl::ascii_tolower(a[i - 1]) != absl::ascii_tolower(b[j - 1]));
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[a.size()][b.size()];
}

}  // namespace

std::string NearestName(absl::string_view name, const std::vector<std::string>& names) {
  // Longer than any name that exists: no misspelling, and the table of distances stays small.
  constexpr size_t kMaxLength = 100;
  if (name.size() > kMaxLength) return "";
  std::string nearest;
  size_t smallest = kMaxLength;
  for (const std::string& candidate : names) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < smallest && 3 * distance <= std::max(name.size(), candidate.size())) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string NameHint(absl::string_view name, absl::string_view kind, const std::vector<std::string>& names) {
  if (names.empty()) return absl::StrCat("there are no ", kind);
  const std::string nearest = NearestName(name, names);
  const std::string list = absl::StrCat("the ", kind, " are: ", absl::StrJoin(names, ", "));
  return nearest.empty() ? list : absl::StrCat("did you mean '", nearest, "'? (", list, ")");
}

std::vector<std::string> FieldNames(const google::protobuf::Descriptor& message) {
  std::vector<std::string> names;
  names.reserve(message.field_count());
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return names;
}

std::vector<std::string> ValueNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  names.reserve(type.value_count());
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return names;
}

}  // namespace shoal
