#include "worker/matrix_factorization_compute.h"

namespace shoal {
namespace {

class CpuCompute : public MatrixFactorizationCompute {
 public:
  absl::StatusOr<ErrorSums> Forward(const MatrixFactorizationBatch& batch) override {
    return MatrixFactorizationForward(batch);
  }
  absl::StatusOr<ErrorSums> ForwardBackward(const MatrixFactorizationBatch& batch) override {
    return MatrixFactorizationForwardBackward(batch);
  }
};

}  // namespace

std::unique_ptr<MatrixFactorizationCompute> MatrixFactorizationOnCpu() { return std::make_unique<CpuCompute>(); }

}  // namespace shoal
