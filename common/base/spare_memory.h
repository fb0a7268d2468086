// Memory whose freed blocks are kept for the next ones of about their size: a block of megabytes takes longer to map,
// or to clear, than to fill, where one like it comes with every message.
//
// Thread safety: safe.
#ifndef SHOAL_COMMON_BASE_SPARE_MEMORY_H_
#define SHOAL_COMMON_BASE_SPARE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/aligned_floats.h"
#include "common/base/host_memory.h"

namespace shoal {

class SpareMemory final : public HostMemory {
 public:
  // At most so many free blocks are kept, and none longer than until `kMaxIdle` others have been freed: those that have
  // been free for longest go.
  explicit SpareMemory(size_t max_spare) : max_spare_(max_spare) {}
  static constexpr uint64_t kMaxIdle = 1000;

  // Never null: as operator new where there is no more.
  void* Allocate(size_t bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  void Free(void* memory) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Free blocks that are kept.
  size_t num_spare() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Spare {
    uint64_t freed;  // As num_freed_ was.
    AlignedFloats block;
  };

  const size_t max_spare_;
  mutable absl::Mutex mutex_;
  std::map<const void*, AlignedFloats> lent_ ABSL_GUARDED_BY(mutex_);
  std::list<Spare> spare_ ABSL_GUARDED_BY(mutex_);  // In the order in which they were freed.
  uint64_t num_freed_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_SPARE_MEMORY_H_
