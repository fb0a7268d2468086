#include "tests/support/largest_allocation.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace shoal {
namespace {

size_t largest_allocation = 0;

}  // namespace

void ResetLargestAllocation() { largest_allocation = 0; }

size_t LargestAllocation() { return largest_allocation; }

}  // namespace shoal

void* operator new(size_t size) {
  shoal::largest_allocation = std::max(shoal::largest_allocation, size);
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*size*/) noexcept { std::free(memory); }
