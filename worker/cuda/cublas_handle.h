// cuBLAS on one stream, so set that the same product gives the same bits in every run on the same kind of device.
//
// Its workspace is allocated once, by name, and is its own: two streams never share one, which is what cuBLAS asks of
// those who want reproducible results. No atomics add its products up.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_CUBLAS_HANDLE_H_
#define SHOAL_WORKER_CUDA_CUBLAS_HANDLE_H_

#include <cublas_v2.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "worker/cuda/cuda_buffer.h"
#include "worker/cuda/cuda_stream.h"

namespace shoal {

class CublasHandle {
 public:
  // What cuBLAS recommends for Hopper; more than it uses elsewhere.
  static constexpr int64_t kWorkspaceBytes = int64_t{32} << 20;

  // `stream` and `memory` outlive the handle.
  static absl::StatusOr<std::unique_ptr<CublasHandle>> Create(const CudaStream& stream, CudaAllocator* memory);
  ~CublasHandle();

  cublasHandle_t get() const { return handle_; }
  // For cuBLASLt, whose products take theirs with each call.
  void* workspace() { return workspace_.data(); }

 private:
  explicit CublasHandle(CudaAllocator* memory) : workspace_(memory, "cuBLAS workspace") {}

  DeviceBuffer<uint8_t> workspace_;
  cublasHandle_t handle_ = nullptr;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUBLAS_HANDLE_H_
