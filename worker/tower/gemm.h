// Matrix products, by OpenBLAS. The only file that knows it.
//
// One thread: OpenBLAS is set to one for the whole process before main, since a worker is one thread and a product
// split over several would add up in another order. The same product gives the same bits on one kind of machine only:
// OpenBLAS has a kernel for each family of CPUs, and they differ in how they order sums.
//
// Thread safety: free functions on the caller's memory.
#ifndef SHOAL_WORKER_TOWER_GEMM_H_
#define SHOAL_WORKER_TOWER_GEMM_H_

#include <cstdint>
#include <string>

#include "worker/tower/matrix_view.h"

namespace shoal {

// A factor of a product, as it stands or transposed.
struct GemmFactor {
  // NOLINTNEXTLINE(google-explicit-constructor): a matrix is a factor.
  GemmFactor(ConstMatrixView matrix, bool transposed = false) : matrix(matrix), transposed(transposed) {}

  int64_t rows() const { return transposed ? matrix.cols : matrix.rows; }
  int64_t cols() const { return transposed ? matrix.rows : matrix.cols; }

  ConstMatrixView matrix;
  bool transposed;
};

inline GemmFactor Transposed(ConstMatrixView matrix) { return {matrix, true}; }

// c = a b; what c held is not read. REQUIRES: shapes fit, all sizes fit an int, c overlaps no factor.
void Multiply(const GemmFactor& a, const GemmFactor& b, MatrixView c);

// OpenBLAS's name for the family of CPUs whose kernel is in use: "SkylakeX".
std::string GemmKernelName();

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_GEMM_H_
