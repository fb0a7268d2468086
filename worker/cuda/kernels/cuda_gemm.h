// DeviceGemm by cuBLASLt: single precision without TF32 unless SetPrecision asks for less, and without the reductions
// whose order may differ from run to run.
#ifndef SHOAL_WORKER_CUDA_KERNELS_CUDA_GEMM_H_
#define SHOAL_WORKER_CUDA_KERNELS_CUDA_GEMM_H_

#include <cuda_runtime_api.h>

#include <memory>

#include "absl/status/statusor.h"
#include "worker/cuda/cublas_handle.h"
#include "worker/cuda/kernels/device_gemm.h"
#include "worker/cuda/kernels/first_cuda_error.h"

namespace shoal {

// Products are queued on `stream`, which is that of `handle`, none once `error` is set. `error` outlives the result.
std::unique_ptr<DeviceGemm> MakeCudaGemm(std::unique_ptr<CublasHandle> handle, cudaStream_t stream,
                                         FirstCudaError* error);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_CUDA_GEMM_H_
