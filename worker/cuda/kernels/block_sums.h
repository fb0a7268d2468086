// Sums over examples, blocks of so many at a time, each by one item of a kernel; whoever wants the sum adds those up in
// order.
#ifndef SHOAL_WORKER_CUDA_KERNELS_BLOCK_SUMS_H_
#define SHOAL_WORKER_CUDA_KERNELS_BLOCK_SUMS_H_

#include <cstdint>

#include "common/base/host_device.h"

namespace shoal {

constexpr int64_t kExamplesPerSum = 1024;
inline int64_t NumSums(int64_t num_examples) { return (num_examples + kExamplesPerSum - 1) / kExamplesPerSum; }

// What of `count` the k-th sum has.
struct SumRange {
  SHOAL_HOST_DEVICE SumRange(int64_t k, int64_t count)
      : begin(k * kExamplesPerSum), size(count - begin < kExamplesPerSum ? count - begin : kExamplesPerSum) {}
  int64_t begin;
  int64_t size;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_BLOCK_SUMS_H_
