#include "common/base/spare_memory.h"

#include <utility>

namespace shoal {

void* SpareMemory::Allocate(size_t bytes) {
  const size_t floats = (bytes + sizeof(float) - 1) / sizeof(float);
  AlignedFloats block;
  {
    absl::MutexLock lock(&mutex_);
    auto smallest = spare_.end();
    for (auto spare = spare_.begin(); spare != spare_.end(); ++spare) {
      const size_t size = spare->block.size();
      const bool fits = size >= floats && size / 2 <= floats;
      if (fits && (smallest == spare_.end() || size < smallest->block.size())) smallest = spare;
    }
    if (smallest != spare_.end()) {
      block = std::move(smallest->block);
      spare_.erase(smallest);
    }
  }
  // With some more, so that the next one, which may be somewhat larger, fits.
  if (block.data() == nullptr) block = AlignedFloats::Unset(floats + floats / 8 + 1);
  void* const memory = block.data();
  absl::MutexLock lock(&mutex_);
  lent_.emplace(memory, std::move(block));
  return memory;
}

void SpareMemory::Free(void* memory) {
  std::list<Spare> dropped;  // Outside the lock.
  absl::MutexLock lock(&mutex_);
  spare_.push_back({++num_freed_, std::move(lent_.extract(memory).mapped())});
  while (spare_.size() > max_spare_ || num_freed_ - spare_.front().freed > kMaxIdle) {
    dropped.splice(dropped.end(), spare_, spare_.begin());
  }
}

size_t SpareMemory::num_spare() const {
  absl::MutexLock lock(&mutex_);
  return spare_.size();
}

}  // namespace shoal
