// Who does the arithmetic of implicit matrix factorisation over a batch: the CPU, or a device (worker/cuda/models).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_LOSSES_IMPLICIT_FACTORIZATION_COMPUTE_H_
#define SHOAL_WORKER_LOSSES_IMPLICIT_FACTORIZATION_COMPUTE_H_

#include <memory>

#include "absl/status/status.h"
#include "worker/losses/implicit_factorization_kernels.h"

namespace shoal {

// As the functions of implicit_factorization_kernels.h; an error is the device's, and `*sums` is untouched then.
class ImplicitFactorizationCompute {
 public:
  virtual ~ImplicitFactorizationCompute() = default;
  // As Model's.
  virtual HostMemory* host_memory() const { return nullptr; }
  virtual RowCache* row_cache() { return nullptr; }
  virtual absl::Status Forward(const ImplicitFactorizationBatch& batch, MetricSums* sums) = 0;
  virtual absl::Status ForwardBackward(const ImplicitFactorizationBatch& batch, MetricSums* sums) = 0;
};

std::unique_ptr<ImplicitFactorizationCompute> ImplicitFactorizationOnCpu();

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_IMPLICIT_FACTORIZATION_COMPUTE_H_
