// A device's memory that passes everything on and counts: what is allocated, and how often the host waits.
#ifndef SHOAL_TESTS_WORKER_CUDA_MODELS_COUNTING_MEMORY_H_
#define SHOAL_TESTS_WORKER_CUDA_MODELS_COUNTING_MEMORY_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "worker/cuda/kernels/compute_memory.h"

namespace shoal {

class CountingMemory final : public ComputeMemory {
 public:
  // Blocks of more than `limit` bytes cannot be had.
  explicit CountingMemory(std::unique_ptr<ComputeMemory> memory, size_t limit = ~size_t{0})
      : memory_(std::move(memory)), limit_(limit) {}

  int64_t peak_bytes() const { return peak_; }
  int num_waits() const { return num_waits_; }

  absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) override {
    if (bytes > limit_) return absl::ResourceExhaustedError(absl::StrCat("no memory for ", purpose));
    absl::StatusOr<void*> memory = memory_->Allocate(bytes, purpose);
    if (memory.ok()) {
      sizes_[*memory] = static_cast<int64_t>(bytes);
      held_ += static_cast<int64_t>(bytes);
      peak_ = std::max(peak_, held_);
    }
    return memory;
  }
  void Free(void* memory) override {
    held_ -= sizes_[memory];
    memory_->Free(memory);
  }
  int64_t num_frees() const override { return memory_->num_frees(); }
  void CopyToDevice(const void* from, size_t bytes, void* to) override { memory_->CopyToDevice(from, bytes, to); }
  void CopyToHost(const void* from, size_t bytes, void* to) override { memory_->CopyToHost(from, bytes, to); }
  void Clear(void* memory, size_t bytes) override { memory_->Clear(memory, bytes); }
  absl::Status Wait() override {
    ++num_waits_;
    return memory_->Wait();
  }

 private:
  const std::unique_ptr<ComputeMemory> memory_;
  const size_t limit_;
  std::map<void*, int64_t> sizes_;
  int64_t held_ = 0;
  int64_t peak_ = 0;
  int num_waits_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_CUDA_MODELS_COUNTING_MEMORY_H_
