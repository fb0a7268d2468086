// The parts of a GPU's ComputeDevice that nvcc compiles. For .cu files and cuda_compute_device.cc.
#ifndef SHOAL_WORKER_CUDA_KERNELS_CUDA_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_CUDA_KERNELS_H_

#include <cuda_runtime_api.h>

#include <memory>

#include "worker/cuda/kernels/compute_memory.h"
#include "worker/cuda/kernels/distance_kernels.h"
#include "worker/cuda/kernels/factorization_kernels.h"
#include "worker/cuda/kernels/feature_kernels.h"
#include "worker/cuda/kernels/first_cuda_error.h"
#include "worker/cuda/kernels/layer_kernels.h"
#include "worker/cuda/kernels/loss_kernels.h"
#include "worker/cuda/kernels/row_kernels.h"

namespace shoal {

// All queue their work on `stream`, nothing once `error` is set. `error` and `memory` outlive the results.
std::unique_ptr<RowKernels> MakeCudaRowKernels(cudaStream_t stream, FirstCudaError* error);
std::unique_ptr<FactorizationKernels> MakeCudaFactorizationKernels(cudaStream_t stream, FirstCudaError* error);
std::unique_ptr<FeatureKernels> MakeCudaFeatureKernels(cudaStream_t stream, FirstCudaError* error);
std::unique_ptr<LayerKernels> MakeCudaLayerKernels(cudaStream_t stream, FirstCudaError* error);
std::unique_ptr<LossKernels> MakeCudaLossKernels(cudaStream_t stream, FirstCudaError* error);
std::unique_ptr<DistanceKernels> MakeCudaDistanceKernels(cudaStream_t stream, FirstCudaError* error);
std::unique_ptr<DevicePrimitives> MakeCudaPrimitives(cudaStream_t stream, ComputeMemory* memory, FirstCudaError* error);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_CUDA_KERNELS_H_
