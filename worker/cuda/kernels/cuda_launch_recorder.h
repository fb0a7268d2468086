// LaunchRecorder by CUDA's stream capture and graphs.
#ifndef SHOAL_WORKER_CUDA_KERNELS_CUDA_LAUNCH_RECORDER_H_
#define SHOAL_WORKER_CUDA_KERNELS_CUDA_LAUNCH_RECORDER_H_

#include <cuda_runtime_api.h>

#include <memory>

#include "worker/cuda/kernels/first_cuda_error.h"
#include "worker/cuda/kernels/launch_recorder.h"

namespace shoal {

// Of what the calling thread gives to `stream`. `error` is that of all launches there; it outlives the result and what
// is recorded.
std::unique_ptr<LaunchRecorder> MakeCudaLaunchRecorder(cudaStream_t stream, FirstCudaError* error);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_CUDA_LAUNCH_RECORDER_H_
