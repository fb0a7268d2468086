#include "common/base/tracked_memory.h"

#include <iterator>

namespace shoal {

void* TrackedMemory::Allocate(size_t bytes) {
  void* const memory = memory_.Allocate(bytes);
  if (memory == nullptr) return nullptr;
  absl::MutexLock lock(&mutex_);
  sizes_[static_cast<const std::byte*>(memory)] = bytes;
  return memory;
}

void TrackedMemory::Free(void* memory) {
  {
    // Before another thread may be given the same address.
    absl::MutexLock lock(&mutex_);
    sizes_.erase(static_cast<const std::byte*>(memory));
  }
  memory_.Free(memory);
}

bool TrackedMemory::Contains(const void* begin, size_t bytes) const {
  const auto* const address = static_cast<const std::byte*>(begin);
  absl::MutexLock lock(&mutex_);
  const auto behind = sizes_.upper_bound(address);
  if (behind == sizes_.begin()) return false;
  const auto& [first, size] = *std::prev(behind);
  const auto offset = static_cast<size_t>(address - first);
  return offset <= size && bytes <= size - offset;
}

}  // namespace shoal
