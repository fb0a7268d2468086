#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"
#include "worker/cuda/kernels/row_bodies.h"

namespace shoal {

std::unique_ptr<RowKernels> MakeCudaRowKernels(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<RowKernelsOn<CudaLauncher>>(CudaLauncher(stream, error));
}

}  // namespace shoal
