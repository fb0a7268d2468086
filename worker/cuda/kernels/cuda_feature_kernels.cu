#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"
#include "worker/cuda/kernels/feature_bodies.h"

namespace shoal {

std::unique_ptr<FeatureKernels> MakeCudaFeatureKernels(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<FeatureKernelsOn<CudaLauncher>>(CudaLauncher(stream, error));
}

}  // namespace shoal
