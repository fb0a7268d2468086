// Another HostMemory that knows what it has handed out.
//
// Thread safety: safe.
#ifndef SHOAL_COMMON_BASE_TRACKED_MEMORY_H_
#define SHOAL_COMMON_BASE_TRACKED_MEMORY_H_

#include <cstddef>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/host_memory.h"

namespace shoal {

class TrackedMemory final : public HostMemory {
 public:
  // `memory` outlives the object.
  explicit TrackedMemory(HostMemory* memory) : memory_(*memory) {}

  void* Allocate(size_t bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  void Free(void* memory) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the bytes lie in one allocation that has not been freed.
  bool Contains(const void* begin, size_t bytes) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  HostMemory& memory_;
  mutable absl::Mutex mutex_;
  std::map<const std::byte*, size_t> sizes_ ABSL_GUARDED_BY(mutex_);  // By address.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_TRACKED_MEMORY_H_
