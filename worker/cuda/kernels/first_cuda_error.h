// The first error of what was asked of a GPU since it was last taken. Work is queued, so that callers learn of errors
// where they wait for it.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_
#define SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_

#include <cuda_runtime_api.h>

namespace shoal {

class FirstCudaError {
 public:
  // `call`, which must live as long as this object, says what gave `code`.
  void Note(cudaError_t code, const char* call) {
    if (code == cudaSuccess || code_ != cudaSuccess) return;
    code_ = code;
    call_ = call;
  }

  cudaError_t code() const { return code_; }
  const char* call() const { return call_; }
  void Clear() { code_ = cudaSuccess; }

 private:
  cudaError_t code_ = cudaSuccess;
  const char* call_ = "";
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_
