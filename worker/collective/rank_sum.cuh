// Sums of all workers' shares, on the device.
#ifndef SHOAL_WORKER_COLLECTIVE_RANK_SUM_CUH_
#define SHOAL_WORKER_COLLECTIVE_RANK_SUM_CUH_

#include <cuda_runtime_api.h>

#include <cstdint>

#include "absl/status/status.h"

namespace shoal {

// sum[i] = ((shares[0][i] + shares[1][i]) + shares[2][i]) + ..., with shares[r] = shares + r * size. `sum` may not
// overlap them.
absl::Status SumInRankOrder(const float* shares, int num_ranks, int64_t size, float* sum, cudaStream_t stream);

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_RANK_SUM_CUH_
