// cuBLAS's return codes as statuses that name the call and the device.
//
// ResourceExhausted: out of memory. FailedPrecondition: the device is too old. Internal: anything else.
//
// Thread safety: safe.
#ifndef SHOAL_WORKER_CUDA_CUBLAS_STATUS_H_
#define SHOAL_WORKER_CUDA_CUBLAS_STATUS_H_

#include <cublas_v2.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"

namespace shoal {

// `call`: the call's source text; what is behind its name is left out.
absl::Status CublasStatus(cublasStatus_t code, absl::string_view call);

}  // namespace shoal

// Returns the error of a call of cuBLAS or cuBLASLt from the enclosing function.
#define SHOAL_RETURN_IF_CUBLAS_ERROR(call) SHOAL_RETURN_IF_ERROR(::shoal::CublasStatus((call), #call))

#endif  // SHOAL_WORKER_CUDA_CUBLAS_STATUS_H_
