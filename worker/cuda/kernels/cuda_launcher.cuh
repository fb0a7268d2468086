// Runs the bodies of kernels on a stream of the calling thread's GPU; HostLauncher (launcher.h) is its counterpart and
// says what a body is. For nvcc.
//
// An item's lanes are half a warp: what a body does to 16 floats is one access of 64 bytes. Errors of launches go to a
// FirstCudaError; while it is set nothing is launched.
#ifndef SHOAL_WORKER_CUDA_KERNELS_CUDA_LAUNCHER_CUH_
#define SHOAL_WORKER_CUDA_KERNELS_CUDA_LAUNCHER_CUH_

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "worker/cuda/kernels/first_cuda_error.h"
#include "worker/cuda/kernels/lanes.h"

namespace shoal {

template <class Body>
__global__ void ForEachItemKernel(Body body, int64_t num_items) {
  const Lanes lanes;
  const int64_t stride = int64_t{gridDim.x} * blockDim.x / Lanes::kCount;
  for (int64_t i = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / Lanes::kCount; i < num_items; i += stride) {
    body(lanes, i);
  }
}

template <class Body>
__global__ void ForEachIndexKernel(Body body, int64_t num_items) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < num_items; i += stride) body(i);
}

class CudaLauncher {
 public:
  // `error` outlives the launcher and its copies.
  CudaLauncher(cudaStream_t stream, FirstCudaError* error) : stream_(stream), error_(error) {}

  template <class Body>
  void ForEachItem(int64_t num_items, const Body& body) const {
    if (num_items == 0 || error_->is_set()) return;
    ForEachItemKernel<<<Blocks(num_items * Lanes::kCount), kThreads, 0, stream_>>>(body, num_items);
    error_->Note(cudaGetLastError(), "the launch of a kernel");
  }

  template <class Body>
  void ForEachIndex(int64_t num_items, const Body& body) const {
    if (num_items == 0 || error_->is_set()) return;
    ForEachIndexKernel<<<Blocks(num_items), kThreads, 0, stream_>>>(body, num_items);
    error_->Note(cudaGetLastError(), "the launch of a kernel");
  }

  cudaStream_t stream() const { return stream_; }
  FirstCudaError* error() const { return error_; }

 private:
  static constexpr int kThreads = 256;
  // More work than this many blocks have is shared by strides.
  static constexpr int64_t kMaxBlocks = int64_t{1} << 20;

  static unsigned Blocks(int64_t threads) {
    return static_cast<unsigned>(std::min((threads + kThreads - 1) / kThreads, kMaxBlocks));
  }

  cudaStream_t stream_;
  FirstCudaError* error_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_CUDA_LAUNCHER_CUH_
