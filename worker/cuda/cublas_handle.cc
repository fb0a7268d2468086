#include "worker/cuda/cublas_handle.h"

#include "absl/memory/memory.h"
#include "worker/cuda/cublas_status.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<CublasHandle>> CublasHandle::Create(const CudaStream& stream, CudaAllocator* memory) {
  auto handle = absl::WrapUnique(new CublasHandle(memory));
  SHOAL_RETURN_IF_ERROR(handle->workspace_.Reserve(kWorkspaceBytes));
  SHOAL_RETURN_IF_CUBLAS_ERROR(cublasCreate(&handle->handle_));
  // In this order: a new stream takes a new workspace.
  SHOAL_RETURN_IF_CUBLAS_ERROR(cublasSetStream(handle->handle_, stream.get()));
  SHOAL_RETURN_IF_CUBLAS_ERROR(cublasSetWorkspace(handle->handle_, handle->workspace_.data(), kWorkspaceBytes));
  SHOAL_RETURN_IF_CUBLAS_ERROR(cublasSetAtomicsMode(handle->handle_, CUBLAS_ATOMICS_NOT_ALLOWED));
  SHOAL_RETURN_IF_CUBLAS_ERROR(cublasSetMathMode(handle->handle_, CUBLAS_DEFAULT_MATH));
  return handle;
}

CublasHandle::~CublasHandle() {
  if (handle_ != nullptr) (void)cublasDestroy(handle_);
}

}  // namespace shoal
