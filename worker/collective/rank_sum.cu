#include <algorithm>

#include "worker/collective/rank_sum.cuh"
#include "worker/cuda/cuda_status.h"

namespace shoal {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kMaxBlocks = 1024;  // More than any GPU runs at once; threads go on in strides.

__global__ void SumInRankOrderKernel(const float* __restrict__ shares, int num_ranks, int64_t size,
                                     float* __restrict__ sum) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < size; i += stride) {
    float total = shares[i];
    for (int r = 1; r < num_ranks; ++r) total += shares[r * size + i];
    sum[i] = total;
  }
}

}  // namespace

absl::Status SumInRankOrder(const float* shares, int num_ranks, int64_t size, float* sum, cudaStream_t stream) {
  if (size == 0) return absl::OkStatus();
  const auto blocks = static_cast<unsigned>(std::min((size + kThreads - 1) / kThreads, kMaxBlocks));
  SumInRankOrderKernel<<<blocks, kThreads, 0, stream>>>(shares, num_ranks, size, sum);
  SHOAL_RETURN_IF_LAUNCH_ERROR(SumInRankOrderKernel);
  return absl::OkStatus();
}

}  // namespace shoal
