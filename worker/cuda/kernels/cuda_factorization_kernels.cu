#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"
#include "worker/cuda/kernels/factorization_bodies.h"

namespace shoal {

std::unique_ptr<FactorizationKernels> MakeCudaFactorizationKernels(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<FactorizationKernelsOn<CudaLauncher>>(CudaLauncher(stream, error));
}

}  // namespace shoal
