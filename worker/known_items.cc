#include "worker/known_items.h"

#include <algorithm>

namespace shoal {

KnownItems::KnownItems(absl::Span<const uint64_t> users, absl::Span<const uint64_t> items) : items_(items.size()) {
  for (const uint64_t user : users) ++ranges_[user].end;
  size_t begin = 0;
  for (auto& [user, range] : ranges_) {
    const size_t count = range.end;
    range = {begin, begin};  // Grows as its items come.
    begin += count;
  }
  for (size_t i = 0; i < users.size(); ++i) items_[ranges_[users[i]].end++] = items[i];
  for (const auto& [user, range] : ranges_) {
    std::sort(items_.begin() + static_cast<ptrdiff_t>(range.begin), items_.begin() + static_cast<ptrdiff_t>(range.end));
  }
}

bool KnownItems::Contains(uint64_t user, uint64_t item) const {
  const auto found = ranges_.find(user);
  if (found == ranges_.end()) return false;
  const Range& range = found->second;
  return std::binary_search(items_.begin() + static_cast<ptrdiff_t>(range.begin),
                            items_.begin() + static_cast<ptrdiff_t>(range.end), item);
}

}  // namespace shoal
