#include "common/config/field_locations.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

bool IsWithin(absl::string_view path, absl::string_view outer) {
  if (!absl::StartsWith(path, outer)) return false;
  return path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[';
}

}  // namespace

std::string JoinPath(absl::string_view message_path, absl::string_view field_name) {
  return absl::StrCat(message_path, message_path.empty() ? "" : ".", field_name);
}

std::string ElementPath(absl::string_view field_path, int index) { return absl::StrCat(field_path, "[", index, "]"); }

void FieldLocations::Record(absl::string_view path, const SourceLocation& location) {
  locations_.emplace(path, location);
}

void FieldLocations::Erase(absl::string_view path) {
  absl::erase_if(locations_, [&](const auto& entry) { return IsWithin(entry.first, path); });
  absl::erase_if(unreadable_, [&](const std::string& entry) { return IsWithin(entry, path); });
}

const SourceLocation& FieldLocations::Find(absl::string_view path) const {
  while (!path.empty()) {
    const auto it = locations_.find(path);
    if (it != locations_.end()) return it->second;
    const size_t end = path.find_last_of(".[");
    path = path.substr(0, end == absl::string_view::npos ? 0 : end);
  }
  return job_;
}

void FieldLocations::MarkUnreadable(absl::string_view path) { unreadable_.emplace(path); }

}  // namespace shoal
