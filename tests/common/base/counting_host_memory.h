// The heap as a HostMemory that counts, and has no more than it is given.
#ifndef SHOAL_TESTS_COMMON_BASE_COUNTING_HOST_MEMORY_H_
#define SHOAL_TESTS_COMMON_BASE_COUNTING_HOST_MEMORY_H_

#include <cstddef>
#include <cstdlib>
#include <map>

#include "common/base/host_memory.h"

namespace shoal {

class CountingHostMemory final : public HostMemory {
 public:
  void* Allocate(size_t bytes) override {
    if (bytes > left) return nullptr;
    constexpr size_t kAlignment = 64;
    void* const memory = std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
    left -= bytes;
    sizes[memory] = bytes;
    ++num_allocations;
    return memory;
  }
  void Free(void* memory) override {
    left += sizes.at(memory);
    sizes.erase(memory);
    std::free(memory);
  }

  size_t left = size_t{1} << 30;
  std::map<void*, size_t> sizes;  // Of what is held.
  int num_allocations = 0;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_BASE_COUNTING_HOST_MEMORY_H_
