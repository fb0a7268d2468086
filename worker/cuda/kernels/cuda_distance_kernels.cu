#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"
#include "worker/cuda/kernels/distance_bodies.h"

namespace shoal {

std::unique_ptr<DistanceKernels> MakeCudaDistanceKernels(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<DistanceKernelsOn<CudaLauncher>>(CudaLauncher(stream, error));
}

}  // namespace shoal
