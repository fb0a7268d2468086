// Implicit matrix factorisation on a device: what implicit_factorization_kernels.h does on the CPU, which is its
// oracle.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_IMPLICIT_FACTORIZATION_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_IMPLICIT_FACTORIZATION_H_

#include <memory>

#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_row_cache.h"
#include "worker/losses/implicit_factorization_compute.h"

namespace shoal {

// `device` outlives the result. `cache`: of the same device; null: there is none. Batches have positives and negatives
// in one block of rows, and so their biases.
std::unique_ptr<ImplicitFactorizationCompute> ImplicitFactorizationOn(const ComputeDevice* device,
                                                                      std::unique_ptr<DeviceRowCache> cache = nullptr);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_IMPLICIT_FACTORIZATION_H_
