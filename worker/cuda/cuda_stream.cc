#include "worker/cuda/cuda_stream.h"

#include "worker/cuda/cuda_status.h"

namespace shoal {

absl::StatusOr<CudaEvent> CudaEvent::Create(Timing timing) {
  const unsigned flags =
      timing == Timing::kYes ? cudaEventBlockingSync : cudaEventBlockingSync | cudaEventDisableTiming;
  cudaEvent_t event = nullptr;
  SHOAL_RETURN_IF_CUDA_ERROR(cudaEventCreateWithFlags(&event, flags));
  return CudaEvent(event);
}

CudaEvent::~CudaEvent() {
  // An error is that of earlier work, which whoever waits for it is told.
  if (event_ != nullptr) (void)cudaEventDestroy(event_);
}

absl::StatusOr<bool> CudaEvent::HasHappened() const {
  const cudaError_t code = cudaEventQuery(event_);
  if (code == cudaErrorNotReady) return false;
  SHOAL_RETURN_IF_ERROR(CudaStatus(code, "cudaEventQuery"));
  return true;
}

absl::Status CudaEvent::Synchronize() const { return CudaStatus(cudaEventSynchronize(event_), "cudaEventSynchronize"); }

absl::StatusOr<float> CudaEvent::MillisecondsBetween(const CudaEvent& begin, const CudaEvent& end) {
  float milliseconds = 0;
  SHOAL_RETURN_IF_CUDA_ERROR(cudaEventElapsedTime(&milliseconds, begin.event_, end.event_));
  return milliseconds;
}

absl::StatusOr<CudaStream> CudaStream::Create() {
  cudaStream_t stream = nullptr;
  SHOAL_RETURN_IF_CUDA_ERROR(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return CudaStream(stream);
}

CudaStream::~CudaStream() {
  if (stream_ != nullptr) (void)cudaStreamDestroy(stream_);
}

absl::Status CudaStream::Synchronize() const {
  return CudaStatus(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
}

absl::Status CudaStream::Record(const CudaEvent& event) const {
  return CudaStatus(cudaEventRecord(event.get(), stream_), "cudaEventRecord");
}

absl::Status CudaStream::WaitFor(const CudaEvent& event) const {
  return CudaStatus(cudaStreamWaitEvent(stream_, event.get(), 0), "cudaStreamWaitEvent");
}

}  // namespace shoal
