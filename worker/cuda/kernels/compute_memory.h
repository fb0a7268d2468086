// The memory of a device, and copies between it and the host.
//
// Everything that is asked of a device is queued and done in order, but for copies; Wait waits for it. Memory is what
// the kernels' pointers point to: on the CPU plain memory.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_COMPUTE_MEMORY_H_
#define SHOAL_WORKER_CUDA_KERNELS_COMPUTE_MEMORY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/base/host_memory.h"

namespace shoal {

class ComputeMemory {
 public:
  virtual ~ComputeMemory() = default;

  // At least `bytes` bytes, 256-byte aligned; what they hold is not said. ResourceExhausted says what `purpose` wanted.
  virtual absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) = 0;
  // Waits for the device.
  virtual void Free(void* memory) = 0;
  // How often Free was called: addresses that were known before may be those of other arrays now.
  virtual int64_t num_frees() const = 0;

  // Copies run beside the kernels. What is queued later sees what was copied to the device. Copies of nothing do
  // nothing, whatever the addresses.
  // REQUIRES: `from` stays as it is until the next Wait, and nothing that was queued since the last one uses `to`.
  virtual void CopyToDevice(const void* from, size_t bytes, void* to) = 0;
  // `to` holds what `from` is now once Wait has returned. REQUIRES: nothing that is queued before that changes `from`.
  virtual void CopyToHost(const void* from, size_t bytes, void* to) = 0;
  // The host's memory that copies are fastest from and to; null: any. It lives as long as this object.
  virtual HostMemory* pinned() { return nullptr; }

  // Sets bytes to zero.
  virtual void Clear(void* memory, size_t bytes) = 0;

  // Waits for all that was queued. The first error since the last Wait: results are not to be used then.
  virtual absl::Status Wait() = 0;
};

// An array in a device's memory, which grows and never shrinks.
template <class T>
class DeviceArray {
 public:
  // `memory` outlives the array. `purpose` is for messages: "gradients of table users".
  DeviceArray(ComputeMemory* memory, absl::string_view purpose) : memory_(memory), purpose_(purpose) {}
  DeviceArray(DeviceArray&& other) noexcept
      : memory_(other.memory_),
        purpose_(other.purpose_),
        data_(std::exchange(other.data_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  DeviceArray& operator=(DeviceArray&&) = delete;
  ~DeviceArray() {
    if (data_ != nullptr) memory_->Free(data_);
  }

  // Null until the first Reserve.
  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t capacity() const { return capacity_; }

  // Makes room for `size` elements. Their values are kept only where there was room already.
  absl::Status Reserve(size_t size) {
    if (size <= capacity_) return absl::OkStatus();
    if (data_ != nullptr) memory_->Free(std::exchange(data_, nullptr));
    const size_t capacity = std::max(size, capacity_ + capacity_ / 2);
    capacity_ = 0;
    absl::StatusOr<void*> memory = memory_->Allocate(capacity * sizeof(T), purpose_);
    if (!memory.ok()) return memory.status();
    data_ = static_cast<T*>(*memory);
    capacity_ = capacity;
    return absl::OkStatus();
  }

  // Reserves and copies. `values` stay as they are until the next Wait.
  absl::Status Assign(absl::Span<const T> values) {
    absl::Status reserved = Reserve(values.size());
    if (reserved.ok() && !values.empty()) memory_->CopyToDevice(values.data(), values.size() * sizeof(T), data_);
    return reserved;
  }

 private:
  ComputeMemory* memory_;
  absl::string_view purpose_;
  T* data_ = nullptr;
  size_t capacity_ = 0;
};

// An array of the host that a device copies to, and the host goes on while it does: in pinned memory, where there is
// such. It grows and never shrinks. T is plain data.
template <class T>
class HostArray {
 public:
  // `memory` outlives the array.
  explicit HostArray(ComputeMemory* memory) : floats_(AlignedFloats::In(memory->pinned())), memory_(memory) {}

  const T* data() const { return reinterpret_cast<const T*>(floats_.data()); }

  // Copies `size` elements from the device, to the place `at`: they are there after the next Wait. REQUIRES: Reserve.
  void Copy(const T* from, size_t size, size_t at = 0) {
    if (size > 0) memory_->CopyToHost(from, size * sizeof(T), reinterpret_cast<T*>(floats_.data()) + at);
  }
  void Reserve(size_t size) { floats_.Reserve((size * sizeof(T) + sizeof(float) - 1) / sizeof(float)); }

 private:
  AlignedFloats floats_;
  ComputeMemory* memory_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_COMPUTE_MEMORY_H_
