#include <algorithm>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_scan.cuh>

#include "worker/cuda/kernels/compute_memory.h"
#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"

namespace shoal {
namespace {

// Item i.
struct IotaBody {
  uint32_t* values;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { values[i] = static_cast<uint32_t>(i); }
};

class CudaPrimitives : public DevicePrimitives {
 public:
  CudaPrimitives(cudaStream_t stream, ComputeMemory* memory, FirstCudaError* error)
      : launcher_(stream, error), scratch_(memory, "sorting the batch"), iota_(memory, "the batch's places") {}

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
    FirstCudaError& error = *launcher_.error();
    if (error.is_set()) return;
    size_t bytes = 0;
    error.Note(call(nullptr, &bytes), "a sort or scan of a batch");
    error.Note(scratch_.Reserve(std::max<size_t>(bytes, 1)));
    if (error.is_set()) return;
    error.Note(call(scratch_.data(), &bytes), "a sort or scan of a batch");
  }

  // A radix sort: stable.
  template <class Key>
  void Sort(const Key* keys, int64_t count, int bits, Key* sorted_keys, uint32_t* places) {
    if (count == 0) return;
    FillIota(count);
    CallTwice([&](void* scratch, size_t* bytes) {
      return cub::DeviceRadixSort::SortPairs(scratch, *bytes, keys, sorted_keys, iota_.data(), places,
                                             static_cast<int>(count), 0, bits, launcher_.stream());
    });
  }

  void FillIota(int64_t count) {
    if (count <= iota_size_) return;
    FirstCudaError& error = *launcher_.error();
    iota_size_ = 0;
    error.Note(iota_.Reserve(count));
    launcher_.ForEachIndex(count, IotaBody{iota_.data()});
    if (!error.is_set()) iota_size_ = count;
  }

  CudaLauncher launcher_;
  DeviceArray<uint8_t> scratch_;
  DeviceArray<uint32_t> iota_;
  int64_t iota_size_ = 0;  // What is filled of it.
};

}  // namespace

std::unique_ptr<DevicePrimitives> MakeCudaPrimitives(cudaStream_t stream, ComputeMemory* memory,
                                                     FirstCudaError* error) {
  return std::make_unique<CudaPrimitives>(stream, memory, error);
}

}  // namespace shoal
