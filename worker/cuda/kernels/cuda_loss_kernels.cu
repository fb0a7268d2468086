#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"
#include "worker/cuda/kernels/loss_bodies.h"

namespace shoal {

std::unique_ptr<LossKernels> MakeCudaLossKernels(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<LossKernelsOn<CudaLauncher>>(CudaLauncher(stream, error));
}

}  // namespace shoal
