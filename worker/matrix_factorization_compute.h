// Who does the arithmetic of matrix factorisation over a batch: the CPU, or a device (worker/cuda/models).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_MATRIX_FACTORIZATION_COMPUTE_H_
#define SHOAL_WORKER_MATRIX_FACTORIZATION_COMPUTE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/matrix_factorization_kernels.h"

namespace shoal {

// As the functions of matrix_factorization_kernels.h; an error is the device's.
class MatrixFactorizationCompute {
 public:
  virtual ~MatrixFactorizationCompute() = default;
  // As Model's.
  virtual HostMemory* host_memory() const { return nullptr; }
  virtual RowCache* row_cache() { return nullptr; }
  virtual absl::StatusOr<ErrorSums> Forward(const MatrixFactorizationBatch& batch) = 0;
  virtual absl::StatusOr<ErrorSums> ForwardBackward(const MatrixFactorizationBatch& batch) = 0;
};

std::unique_ptr<MatrixFactorizationCompute> MatrixFactorizationOnCpu();

}  // namespace shoal

#endif  // SHOAL_WORKER_MATRIX_FACTORIZATION_COMPUTE_H_
