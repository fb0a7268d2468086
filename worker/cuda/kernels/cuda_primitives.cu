#include <algorithm>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_scan.cuh>
#include <utility>

#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"

namespace shoal {
namespace {

// Item i.
struct IotaBody {
  uint32_t* values;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { values[i] = static_cast<uint32_t>(i); }
};

// Memory for what a call of CUB needs besides its arguments; grows.
class Scratch {
 public:
  explicit Scratch(FirstCudaError* error) : error_(error) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { cudaFree(memory_); }

  // Null where there is no memory, which is noted. Whether it is new memory goes to `is_new`.
  void* Reserve(size_t bytes, bool* is_new = nullptr) {
    if (is_new != nullptr) *is_new = bytes > size_;
    if (bytes <= size_) return memory_;
    cudaFree(std::exchange(memory_, nullptr));  // Waits for what uses it.
    size_ = std::max(bytes, size_ + size_ / 2);
    const cudaError_t code = cudaMalloc(&memory_, size_);
    error_->Note(code, "memory for sorting a batch");
    if (code != cudaSuccess) size_ = 0;
    return memory_;
  }

 private:
  FirstCudaError* error_;
  void* memory_ = nullptr;
  size_t size_ = 0;
};

class CudaPrimitives : public DevicePrimitives {
 public:
  CudaPrimitives(cudaStream_t stream, FirstCudaError* error)
      : launcher_(stream, error), scratch_(error), iota_(error) {}

  void SortPlaces(const uint32_t* keys, int64_t count, int bits, uint32_t* sorted_keys, uint32_t* places) override {
    Sort(keys, count, bits, sorted_keys, places);
  }
  void SortPlaces(const uint64_t* keys, int64_t count, int bits, uint64_t* sorted_keys, uint32_t* places) override {
    Sort(keys, count, bits, sorted_keys, places);
  }

  void ExclusiveSum(const uint32_t* values, int64_t count, uint32_t* sums) override {
    if (count == 0) return;
    CallTwice([&](void* scratch, size_t* bytes) {
      return cub::DeviceScan::ExclusiveSum(scratch, *bytes, values, sums, static_cast<int>(count), launcher_.stream());
    });
  }

 private:
  // CUB's functions are called once to learn how much memory they want, then to work.
  template <class Call>
  void CallTwice(const Call& call) {
    size_t bytes = 0;
    launcher_.error()->Note(call(nullptr, &bytes), "a sort or scan of a batch");
    void* const scratch = scratch_.Reserve(std::max<size_t>(bytes, 1));
    if (scratch == nullptr) return;
    launcher_.error()->Note(call(scratch, &bytes), "a sort or scan of a batch");
  }

  // A radix sort: stable.
  template <class Key>
  void Sort(const Key* keys, int64_t count, int bits, Key* sorted_keys, uint32_t* places) {
    if (count == 0) return;
    const uint32_t* const iota = Iota(count);
    if (iota == nullptr) return;
    CallTwice([&](void* scratch, size_t* bytes) {
      return cub::DeviceRadixSort::SortPairs(scratch, *bytes, keys, sorted_keys, iota, places, static_cast<int>(count),
                                             0, bits, launcher_.stream());
    });
  }

  const uint32_t* Iota(int64_t count) {
    bool is_new = false;
    auto* const values = static_cast<uint32_t*>(iota_.Reserve(count * sizeof(uint32_t), &is_new));
    if (values == nullptr) return nullptr;
    if (is_new || count > iota_size_) {
      launcher_.ForEachIndex(count, IotaBody{values});
      iota_size_ = count;
    }
    return values;
  }

  CudaLauncher launcher_;
  Scratch scratch_;
  Scratch iota_;
  int64_t iota_size_ = 0;
};

}  // namespace

std::unique_ptr<DevicePrimitives> MakeCudaPrimitives(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<CudaPrimitives>(stream, error);
}

}  // namespace shoal
