// CUDA's return codes as statuses that name the call, the device and what to do.
//
// ResourceExhausted: out of memory. FailedPrecondition: there is no device, or driver and device cannot be used.
// InvalidArgument: no such device. Internal: anything else, most often an error of an earlier kernel, which CUDA
// reports with a later call and does not recover from: the process has to end.
//
// Thread safety: safe.
#ifndef SHOAL_WORKER_CUDA_CUDA_STATUS_H_
#define SHOAL_WORKER_CUDA_CUDA_STATUS_H_

#include <cuda_runtime_api.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"

namespace shoal {

// `call`: the call's source text; what is behind its name is left out.
absl::Status CudaStatus(cudaError_t code, absl::string_view call);

// " on cuda:0" for the calling thread's device; nothing where there is none.
std::string OnCurrentDevice();

}  // namespace shoal

// Returns the error of a CUDA call from the enclosing function.
#define SHOAL_RETURN_IF_CUDA_ERROR(call) SHOAL_RETURN_IF_ERROR(::shoal::CudaStatus((call), #call))

// The error of launching the kernel before it; those of running it come with a later call.
#define SHOAL_RETURN_IF_LAUNCH_ERROR(kernel) \
  SHOAL_RETURN_IF_ERROR(::shoal::CudaStatus(cudaGetLastError(), "launch of " #kernel))

#endif  // SHOAL_WORKER_CUDA_CUDA_STATUS_H_
