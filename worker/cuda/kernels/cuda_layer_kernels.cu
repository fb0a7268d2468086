#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launcher.cuh"
#include "worker/cuda/kernels/layer_bodies.h"

namespace shoal {

std::unique_ptr<LayerKernels> MakeCudaLayerKernels(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<LayerKernelsOn<CudaLauncher>>(CudaLauncher(stream, error));
}

}  // namespace shoal
