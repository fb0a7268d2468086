#include "worker/cache/row_set.h"

#include <algorithm>

#include "absl/numeric/bits.h"

namespace shoal {

void RowSet::Add(absl::Span<const uint32_t> ids) {
  for (const uint32_t id : ids) {
    words_[id / 64] |= uint64_t{1} << (id % 64);
    first_ = std::min<size_t>(first_, id / 64);
  }
}

std::vector<uint32_t> RowSet::Take(size_t most) {
  std::vector<uint32_t> taken;
  while (taken.size() < most && first_ < words_.size()) {
    uint64_t& word = words_[first_];
    if (word == 0) {
      ++first_;
      continue;
    }
    taken.push_back(static_cast<uint32_t>(first_ * 64 + absl::countr_zero(word)));
    word &= word - 1;
  }
  return taken;
}

}  // namespace shoal
