#include "worker/cuda/cublas_status.h"

#include "absl/strings/str_cat.h"
#include "worker/cuda/cuda_status.h"

namespace shoal {
namespace {

absl::StatusCode CodeOf(cublasStatus_t code) {
  switch (code) {
    case CUBLAS_STATUS_ALLOC_FAILED:
      return absl::StatusCode::kResourceExhausted;
    case CUBLAS_STATUS_ARCH_MISMATCH:
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status CublasStatus(cublasStatus_t code, absl::string_view call) {
  if (code == CUBLAS_STATUS_SUCCESS) return absl::OkStatus();
  return absl::Status(CodeOf(code), absl::StrCat(call.substr(0, call.find('(')), OnCurrentDevice(), ": ",
                                                 cublasGetStatusName(code), ", ", cublasGetStatusString(code)));
}

}  // namespace shoal
