#include "worker/cuda/kernels/cuda_compute_device.h"

#include <cuda_runtime_api.h>

#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "worker/cuda/cublas_handle.h"
#include "worker/cuda/cublas_status.h"
#include "worker/cuda/cuda_status.h"
#include "worker/cuda/kernels/cuda_gemm.h"
#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/first_cuda_error.h"

namespace shoal {
namespace {

class CudaMemory : public ComputeMemory {
 public:
  CudaMemory(cudaStream_t stream, CudaAllocator* allocator) : stream_(stream), allocator_(*allocator) {}

  FirstCudaError* error() { return &error_; }

  absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) override {
    return allocator_.Allocate(purpose, static_cast<int64_t>(bytes == 0 ? 1 : bytes));
  }
  void Free(void* memory) override { allocator_.Free(memory); }

  void CopyToDevice(const void* from, size_t bytes, void* to) override {
    error_.Note(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "a copy to the device");
  }
  void CopyToHost(const void* from, size_t bytes, void* to) override {
    error_.Note(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "a copy from the device");
  }
  void Clear(void* memory, size_t bytes) override {
    error_.Note(cudaMemsetAsync(memory, 0, bytes, stream_), "clearing memory");
  }

  absl::Status Wait() override {
    error_.Note(cudaStreamSynchronize(stream_), "waiting for the device");
    absl::Status status = CudaStatus(error_.cuda(), error_.call());
    if (status.ok()) status = CublasStatus(error_.cublas(), error_.call());
    error_.Clear();
    return status;
  }

 private:
  cudaStream_t stream_;
  CudaAllocator& allocator_;
  FirstCudaError error_;
};

}  // namespace

absl::StatusOr<ComputeDevice> MakeCudaComputeDevice(const CudaStream& stream, CudaAllocator* allocator) {
  auto memory = std::make_unique<CudaMemory>(stream.get(), allocator);
  FirstCudaError* const error = memory->error();
  ComputeDevice device;
  device.memory = std::move(memory);
  device.primitives = MakeCudaPrimitives(stream.get(), error);
  device.rows = MakeCudaRowKernels(stream.get(), error);
  device.factorization = MakeCudaFactorizationKernels(stream.get(), error);
  device.features = MakeCudaFeatureKernels(stream.get(), error);
  device.layers = MakeCudaLayerKernels(stream.get(), error);
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<CublasHandle> cublas, CublasHandle::Create(stream, allocator));
  device.gemm = MakeCudaGemm(std::move(cublas), stream.get(), error);
  return device;
}

}  // namespace shoal
