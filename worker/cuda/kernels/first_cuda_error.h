// The first error of what was asked of a GPU since it was last taken. Work is queued, so callers learn of errors where
// they wait for it; until then nothing more is launched, since it would read what was not written.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_
#define SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_

#include <cuda_runtime_api.h>

#include <utility>

#include "absl/status/status.h"
#include "worker/cuda/cuda_status.h"

namespace shoal {

class FirstCudaError {
 public:
  bool is_set() const { return !first_.ok(); }

  // `call` says what gave the code.
  void Note(cudaError_t code, const char* call) {
    if (code != cudaSuccess) Note(CudaStatus(code, call));
  }
  void Note(const absl::Status& status) { first_.Update(status); }

  // The error, which is forgotten; OK: there was none.
  absl::Status Take() { return std::exchange(first_, absl::OkStatus()); }

 private:
  absl::Status first_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_
