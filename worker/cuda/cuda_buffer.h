// Memory of a device, or pinned memory of the host, for elements of one type; freed with its object.
//
// Buffers of a batch grow with the largest one: Reserve keeps what is large enough, so that training does not allocate
// once it has seen its largest batch.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_CUDA_CUDA_BUFFER_H_
#define SHOAL_WORKER_CUDA_CUDA_BUFFER_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "worker/cuda/cuda_allocator.h"

namespace shoal {

// Where a buffer's memory lies.
enum class MemoryPlace { kDevice, kPinned };

template <typename T, MemoryPlace kPlace>
class CudaBuffer {
  static_assert(std::is_trivially_copyable_v<T>, "what is copied as bytes");

 public:
  // Empty. `name` is the ledger's; `memory` outlives the buffer.
  CudaBuffer(CudaAllocator* memory, std::string name) : memory_(memory), name_(std::move(name)) {}
  CudaBuffer(CudaBuffer&& other) noexcept
      : memory_(other.memory_),
        name_(std::move(other.name_)),
        data_(std::exchange(other.data_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  CudaBuffer& operator=(CudaBuffer&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(name_, other.name_);
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~CudaBuffer() { Free(); }

  // Makes room for `size` elements, which then hold anything. An error leaves the buffer empty.
  // REQUIRES: nothing on the device uses the memory any more where size > capacity().
  absl::Status Reserve(int64_t size) {
    if (size > capacity_) {
      Free();  // First: there may not be room for both.
      SHOAL_ASSIGN_OR_RETURN(void* const memory, Allocate(size * int64_t{sizeof(T)}));
      data_ = static_cast<T*>(memory);
      capacity_ = size;
    }
    size_ = size;
    return absl::OkStatus();
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  int64_t size() const { return size_; }
  int64_t capacity() const { return capacity_; }
  int64_t size_bytes() const { return size_ * int64_t{sizeof(T)}; }
  // Of pinned memory: what the host may read and write.
  absl::Span<T> span() {
    static_assert(kPlace == MemoryPlace::kPinned, "the host cannot reach a device's memory");
    return {data_, static_cast<size_t>(size_)};
  }

 private:
  absl::StatusOr<void*> Allocate(int64_t bytes) {
    return kPlace == MemoryPlace::kDevice ? memory_->Allocate(name_, bytes) : memory_->AllocatePinned(name_, bytes);
  }
  void Free() {
    memory_->Free(std::exchange(data_, nullptr));
    capacity_ = 0;
    size_ = 0;
  }

  CudaAllocator* memory_;
  std::string name_;
  T* data_ = nullptr;
  int64_t capacity_ = 0;
  int64_t size_ = 0;
};

template <typename T>
using DeviceBuffer = CudaBuffer<T, MemoryPlace::kDevice>;
template <typename T>
using PinnedBuffer = CudaBuffer<T, MemoryPlace::kPinned>;

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUDA_BUFFER_H_
