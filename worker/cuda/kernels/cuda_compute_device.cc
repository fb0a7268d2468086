#include "worker/cuda/kernels/cuda_compute_device.h"

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "common/base/tracked_memory.h"
#include "worker/cuda/cublas_handle.h"
#include "worker/cuda/kernels/cuda_gemm.h"
#include "worker/cuda/kernels/cuda_kernels.h"
#include "worker/cuda/kernels/cuda_launch_recorder.h"
#include "worker/cuda/kernels/first_cuda_error.h"
#include "worker/cuda/kernels/pinned_staging.h"
#include "worker/cuda/nvtx_range.h"

namespace shoal {
namespace {

// Pinned memory for the blocks that batches are copied from and to.
class PinnedMemory : public HostMemory {
 public:
  explicit PinnedMemory(CudaAllocator* allocator) : allocator_(*allocator) {}

  void* Allocate(size_t bytes) override {
    // Without it, ordinary memory serves: copies are slower then.
    return allocator_.AllocatePinned("rows and gradients of batches", static_cast<int64_t>(bytes)).value_or(nullptr);
  }
  void Free(void* memory) override { allocator_.Free(memory); }

 private:
  CudaAllocator& allocator_;
};

class NvtxTrace : public DeviceTrace {
 public:
  void Begin(const char* name) override { nvtxRangePushA(name); }
  void End() override { nvtxRangePop(); }
};

// Kernels run on `stream`, copies in either direction on streams of their own, which events tie to it. Copies from and
// to memory that is not pinned take their way through some that is.
class CudaMemory : public ComputeMemory {
 public:
  static absl::StatusOr<std::unique_ptr<CudaMemory>> Create(const CudaStream& stream, CudaAllocator* allocator) {
    SHOAL_ASSIGN_OR_RETURN(CudaStream copies_in, CudaStream::Create());
    SHOAL_ASSIGN_OR_RETURN(CudaStream copies_out, CudaStream::Create());
    SHOAL_ASSIGN_OR_RETURN(CudaEvent copied, CudaEvent::Create());
    SHOAL_ASSIGN_OR_RETURN(CudaEvent computed, CudaEvent::Create());
    return absl::WrapUnique(new CudaMemory(stream.get(), std::move(copies_in), std::move(copies_out), std::move(copied),
                                           std::move(computed), allocator));
  }

  FirstCudaError* error() { return &error_; }

  absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) override {
    return allocator_.Allocate(purpose, static_cast<int64_t>(bytes == 0 ? 1 : bytes));
  }
  void Free(void* memory) override {
    ++num_frees_;
    allocator_.Free(memory);
  }
  int64_t num_frees() const override { return num_frees_; }
  HostMemory* pinned() override { return &tracked_; }

  void CopyToDevice(const void* from, size_t bytes, void* to) override {
    if (bytes == 0) return;  // Of arrays that have no memory.
    const void* const staged = staging_.Outgoing(from, bytes);
    error_.Note(cudaMemcpyAsync(to, staged, bytes, cudaMemcpyHostToDevice, copies_in_.get()), "a copy to the device");
    Order(copies_in_.get(), copied_, stream_);
  }
  void CopyToHost(const void* from, size_t bytes, void* to) override {
    if (bytes == 0) return;
    Order(stream_, computed_, copies_out_.get());
    void* const staged = staging_.Incoming(to, bytes);
    error_.Note(cudaMemcpyAsync(staged, from, bytes, cudaMemcpyDeviceToHost, copies_out_.get()),
                "a copy from the device");
  }
  void Clear(void* memory, size_t bytes) override {
    if (bytes == 0) return;
    error_.Note(cudaMemsetAsync(memory, 0, bytes, stream_), "clearing memory");
  }

  absl::Status Wait() override {
    const NvtxRange range("waiting for the device");
    for (cudaStream_t stream : {copies_in_.get(), stream_, copies_out_.get()}) {
      error_.Note(cudaStreamSynchronize(stream), "waiting for the device");
    }
    staging_.Finish();
    return error_.Take();
  }

 private:
  CudaMemory(cudaStream_t stream, CudaStream copies_in, CudaStream copies_out, CudaEvent copied, CudaEvent computed,
             CudaAllocator* allocator)
      : stream_(stream),
        copies_in_(std::move(copies_in)),
        copies_out_(std::move(copies_out)),
        copied_(std::move(copied)),
        computed_(std::move(computed)),
        allocator_(*allocator),
        pinned_(allocator),
        tracked_(&pinned_),
        staging_(&tracked_) {}

  // What `then` gets from now on waits for what `first` has got so far. A wait is for the event as it was recorded
  // last, so that one event serves all.
  void Order(cudaStream_t first, const CudaEvent& event, cudaStream_t then) {
    error_.Note(cudaEventRecord(event.get(), first), "an event");
    error_.Note(cudaStreamWaitEvent(then, event.get()), "an event");
  }

  const cudaStream_t stream_;
  const CudaStream copies_in_;
  const CudaStream copies_out_;
  const CudaEvent copied_;
  const CudaEvent computed_;
  CudaAllocator& allocator_;
  PinnedMemory pinned_;
  TrackedMemory tracked_;
  PinnedStaging staging_;
  FirstCudaError error_;
  int64_t num_frees_ = 0;
};

}  // namespace

absl::StatusOr<ComputeDevice> MakeCudaComputeDevice(const CudaStream& stream, CudaAllocator* allocator) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<CudaMemory> memory, CudaMemory::Create(stream, allocator));
  FirstCudaError* const error = memory->error();
  ComputeDevice device;
  device.memory = std::move(memory);
  device.trace = std::make_unique<NvtxTrace>();
  device.recorder = MakeCudaLaunchRecorder(stream.get(), error);
  device.primitives = MakeCudaPrimitives(stream.get(), device.memory.get(), error);
  device.rows = MakeCudaRowKernels(stream.get(), error);
  device.factorization = MakeCudaFactorizationKernels(stream.get(), error);
  device.features = MakeCudaFeatureKernels(stream.get(), error);
  device.layers = MakeCudaLayerKernels(stream.get(), error);
  device.losses = MakeCudaLossKernels(stream.get(), error);
  device.distances = MakeCudaDistanceKernels(stream.get(), error);
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<CublasHandle> cublas, CublasHandle::Create(stream, allocator));
  device.gemm = MakeCudaGemm(std::move(cublas), stream.get(), error);
  return device;
}

}  // namespace shoal
