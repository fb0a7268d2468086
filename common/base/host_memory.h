// Where large blocks of the host's memory come from, for those who want other than the heap's: a GPU copies from and to
// pinned memory several times as fast.
//
// Thread safety: safe.
#ifndef SHOAL_COMMON_BASE_HOST_MEMORY_H_
#define SHOAL_COMMON_BASE_HOST_MEMORY_H_

#include <cstddef>

namespace shoal {

class HostMemory {
 public:
  virtual ~HostMemory() = default;

  // At least `bytes` bytes on a 64-byte boundary; what they hold is not said. Null: there is no more.
  virtual void* Allocate(size_t bytes) = 0;
  virtual void Free(void* memory) = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_HOST_MEMORY_H_
