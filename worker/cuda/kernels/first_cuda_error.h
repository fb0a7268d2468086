// The first error of what was asked of a GPU since it was last cleared, of CUDA or of cuBLAS. Work is queued, so
// callers learn of errors where they wait for it.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_
#define SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

namespace shoal {

class FirstCudaError {
 public:
  // `call`, which must live as long as this object, says what gave the code.
  void Note(cudaError_t code, const char* call) {
    if (code == cudaSuccess || is_set()) return;
    cuda_ = code;
    call_ = call;
  }
  void NoteCublas(cublasStatus_t code, const char* call) {
    if (code == CUBLAS_STATUS_SUCCESS || is_set()) return;
    cublas_ = code;
    call_ = call;
  }

  // At most one of them is an error.
  cudaError_t cuda() const { return cuda_; }
  cublasStatus_t cublas() const { return cublas_; }
  const char* call() const { return call_; }
  void Clear() { *this = FirstCudaError(); }

 private:
  bool is_set() const { return cuda_ != cudaSuccess || cublas_ != CUBLAS_STATUS_SUCCESS; }

  cudaError_t cuda_ = cudaSuccess;
  cublasStatus_t cublas_ = CUBLAS_STATUS_SUCCESS;
  const char* call_ = "";
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FIRST_CUDA_ERROR_H_
