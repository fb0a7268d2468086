#include "common/base/spare_memory.h"

#include <utility>

namespace shoal {

void* SpareMemory::Allocate(size_t bytes) {
  const size_t floats = (bytes + sizeof(float) - 1) / sizeof(float);
  AlignedFloats block;
  {
    absl::MutexLock lock(&mutex_);
    const auto smallest = spare_.lower_bound(floats);
    if (smallest != spare_.end() && smallest->first / 2 <= floats) {
      block = std::move(smallest->second);
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
  AlignedFloats dropped;  // Outside the lock.
  absl::MutexLock lock(&mutex_);
  AlignedFloats block = std::move(lent_.extract(memory).mapped());
  spare_.emplace(block.size(), std::move(block));
  if (spare_.size() > max_spare_) dropped = std::move(spare_.extract(spare_.begin()).mapped());
}

}  // namespace shoal
