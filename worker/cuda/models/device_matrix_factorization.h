// Matrix factorisation on a device: what matrix_factorization_kernels.h does on the CPU, which is its oracle.
//
// Scores of rows without an output range, and gradients of rows with up to kPlacesPerChunk examples, have the CPU's
// bits; the rest agrees to rounding.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_MATRIX_FACTORIZATION_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_MATRIX_FACTORIZATION_H_

#include <memory>

#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_row_cache.h"
#include "worker/matrix_factorization_compute.h"

namespace shoal {

// `device` outlives the result. `cache`: of the same device; null: there is none.
std::unique_ptr<MatrixFactorizationCompute> MatrixFactorizationOn(const ComputeDevice* device,
                                                                  std::unique_ptr<DeviceRowCache> cache = nullptr);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_MATRIX_FACTORIZATION_H_
