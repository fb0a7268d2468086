#include "worker/cuda/cuda_allocator.h"

#include <cuda_runtime_api.h>

#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/byte_size.h"
#include "worker/cuda/cuda_status.h"

namespace shoal {
namespace {

// What the device has free, of all processes; nothing where it does not say.
std::string DescribeFree() {
  size_t free = 0;
  size_t total = 0;
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) return "";
  return absl::StrCat(ByteSize(static_cast<int64_t>(free)), " of ", ByteSize(static_cast<int64_t>(total)),
                      " are free; ");
}

absl::Status Explain(const absl::Status& error, absl::string_view name, int64_t bytes, const std::string& free,
                     const AllocationLedger& held) {
  return absl::Status(error.code(), absl::StrCat(name, " wants ", ByteSize(bytes), ": ", free, "this worker holds ",
                                                 held.Describe(), " (", error.message(), ")"));
}

}  // namespace

absl::StatusOr<void*> CudaAllocator::Allocate(absl::string_view name, int64_t bytes) {
  void* memory = nullptr;
  const cudaError_t code = cudaMalloc(&memory, static_cast<size_t>(bytes));
  if (code != cudaSuccess) return Explain(CudaStatus(code, "cudaMalloc"), name, bytes, DescribeFree(), device_);
  device_.Add(name, bytes);
  absl::MutexLock lock(&mutex_);
  allocations_[memory] = {std::string(name), bytes, /*pinned=*/false};
  return memory;
}

absl::StatusOr<void*> CudaAllocator::AllocatePinned(absl::string_view name, int64_t bytes) {
  void* memory = nullptr;
  const cudaError_t code = cudaHostAlloc(&memory, static_cast<size_t>(bytes), cudaHostAllocDefault);
  if (code != cudaSuccess) return Explain(CudaStatus(code, "cudaHostAlloc"), name, bytes, "pinned; ", pinned_);
  pinned_.Add(name, bytes);
  absl::MutexLock lock(&mutex_);
  allocations_[memory] = {std::string(name), bytes, /*pinned=*/true};
  return memory;
}

void CudaAllocator::Free(void* memory) {
  if (memory == nullptr) return;
  Allocation allocation;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = allocations_.find(memory);
    assert(found != allocations_.end() && "memory of this allocator");
    allocation = std::move(found->second);
    allocations_.erase(found);
  }
  // An error is that of earlier work, which whoever waits for it is told.
  (void)(allocation.pinned ? cudaFreeHost(memory) : cudaFree(memory));
  (allocation.pinned ? pinned_ : device_).Remove(allocation.name, allocation.bytes);
}

}  // namespace shoal
