#include "worker/compute/allocation_ledger.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/byte_size.h"

namespace shoal {

void AllocationLedger::Add(absl::string_view name, int64_t bytes) {
  if (bytes == 0) return;
  absl::MutexLock lock(&mutex_);
  bytes_[std::string(name)] += bytes;
}

void AllocationLedger::Remove(absl::string_view name, int64_t bytes) {
  if (bytes == 0) return;
  absl::MutexLock lock(&mutex_);
  const auto entry = bytes_.find(std::string(name));
  assert(entry != bytes_.end() && entry->second >= bytes);
  entry->second -= bytes;
  if (entry->second == 0) bytes_.erase(entry);
}

int64_t AllocationLedger::total_bytes() const {
  absl::MutexLock lock(&mutex_);
  int64_t total = 0;
  for (const auto& [name, bytes] : bytes_) total += bytes;
  return total;
}

std::string AllocationLedger::Describe() const {
  absl::MutexLock lock(&mutex_);
  if (bytes_.empty()) return "nothing";
  std::vector<std::pair<std::string, int64_t>> entries(bytes_.begin(), bytes_.end());
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return absl::StrJoin(entries, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, entry.first, " ", ByteSize(entry.second));
  });
}

}  // namespace shoal
