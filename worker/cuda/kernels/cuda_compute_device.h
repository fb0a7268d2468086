// A GPU as a ComputeDevice: the bodies that HostDevice runs on the CPU, as kernels on a stream, and CUDA's libraries.
#ifndef SHOAL_WORKER_CUDA_KERNELS_CUDA_COMPUTE_DEVICE_H_
#define SHOAL_WORKER_CUDA_KERNELS_CUDA_COMPUTE_DEVICE_H_

#include "absl/status/statusor.h"
#include "worker/cuda/cuda_allocator.h"
#include "worker/cuda/cuda_stream.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {

// Of the calling thread's device, and for that thread. `stream` and `allocator` outlive the result.
absl::StatusOr<ComputeDevice> MakeCudaComputeDevice(const CudaStream& stream, CudaAllocator* allocator);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_CUDA_COMPUTE_DEVICE_H_
