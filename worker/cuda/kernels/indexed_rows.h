// Rows of a table and which of them a place reads, for bodies of kernels.
//
// Plain value.
#ifndef SHOAL_WORKER_CUDA_KERNELS_INDEXED_ROWS_H_
#define SHOAL_WORKER_CUDA_KERNELS_INDEXED_ROWS_H_

#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/lanes.h"

namespace shoal {

struct IndexedRows {
  const float* rows = nullptr;  // Null: there are none.
  int64_t stride = 0;           // Floats from one row to the next.
  const uint32_t* index = nullptr;
};

SHOAL_HOST_DEVICE inline const float* RowOf(const IndexedRows& rows, int64_t place) {
  return rows.rows + rows.index[place] * rows.stride;
}

SHOAL_HOST_DEVICE inline float DotRows(const Lanes& lanes, const float* a, const float* b, int dim) {
  return lanes.Sum<float>(dim, [&](int64_t i, float sum) { return scalar::MulAdd(a[i], b[i], sum); });
}

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_INDEXED_ROWS_H_
