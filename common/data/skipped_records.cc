#include "common/data/skipped_records.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace shoal {

void SkippedRecords::Add(const std::string& record) {
  ++count;
  if (first.size() < kMostShown) first.push_back(record);
}

void SkippedRecords::Append(const SkippedRecords& others) {
  count += others.count;
  for (const std::string& record : others.first) {
    if (first.size() < kMostShown) first.push_back(record);
  }
}

std::string SkippedRecords::Details() const {
  if (first.empty()) return "";
  const bool are_all = count == static_cast<int64_t>(first.size());
  return absl::StrCat(are_all ? ": " : absl::StrCat("; the first ", first.size(), ": "), absl::StrJoin(first, "; "));
}

}  // namespace shoal
