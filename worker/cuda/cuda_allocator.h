// The memory of its device that a worker has, and the pinned memory of the host that it copies from and to.
//
// Everything that is allocated has a name, so that an out-of-memory error says who holds how much.
//
// Allocation and freeing wait for the device: they belong before training, or where a batch is larger than all before.
//
// Thread safety: safe.
#ifndef SHOAL_WORKER_CUDA_CUDA_ALLOCATOR_H_
#define SHOAL_WORKER_CUDA_CUDA_ALLOCATOR_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "worker/compute/allocation_ledger.h"

namespace shoal {

class CudaAllocator {
 public:
  CudaAllocator() = default;
  CudaAllocator(const CudaAllocator&) = delete;
  CudaAllocator& operator=(const CudaAllocator&) = delete;

  // On the calling thread's device: 256-byte aligned, not initialised. ResourceExhausted says what was asked for, what
  // is free, and what holds the rest. REQUIRES: bytes > 0.
  absl::StatusOr<void*> Allocate(absl::string_view name, int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same of the host's memory, pinned: copies from and to it need no buffer between and run beside kernels.
  absl::StatusOr<void*> AllocatePinned(absl::string_view name, int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // What either gave; null: nothing happens.
  void Free(void* memory) ABSL_LOCKS_EXCLUDED(mutex_);

  const AllocationLedger& device() const { return device_; }
  const AllocationLedger& pinned() const { return pinned_; }

 private:
  struct Allocation {
    std::string name;
    int64_t bytes;
    bool pinned;
  };

  AllocationLedger device_;
  AllocationLedger pinned_;
  absl::Mutex mutex_;
  absl::flat_hash_map<void*, Allocation> allocations_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUDA_ALLOCATOR_H_
