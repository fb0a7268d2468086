// A stream and an event of the calling thread's device, destroyed with their objects.
//
// Streams do not synchronise with the default stream. Destruction waits for nothing: CUDA lets work that was given to a
// stream come to its end.
//
// Thread safety: CUDA's, calls may come from any thread whose device is that of the object.
#ifndef SHOAL_WORKER_CUDA_CUDA_STREAM_H_
#define SHOAL_WORKER_CUDA_CUDA_STREAM_H_

#include <cuda_runtime_api.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace shoal {

class CudaEvent {
 public:
  enum class Timing { kNo, kYes };  // Events that take the time cost more.
  static absl::StatusOr<CudaEvent> Create(Timing timing = Timing::kNo);
  CudaEvent(CudaEvent&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  CudaEvent& operator=(CudaEvent&& other) noexcept {
    std::swap(event_, other.event_);
    return *this;
  }
  ~CudaEvent();

  cudaEvent_t get() const { return event_; }
  // Whether what was recorded has happened; true where nothing was.
  absl::StatusOr<bool> HasHappened() const;
  // Waits, without keeping a core busy.
  absl::Status Synchronize() const;
  // REQUIRES: both were created with Timing::kYes and have happened.
  static absl::StatusOr<float> MillisecondsBetween(const CudaEvent& begin, const CudaEvent& end);

 private:
  explicit CudaEvent(cudaEvent_t event) : event_(event) {}
  cudaEvent_t event_;
};

class CudaStream {
 public:
  static absl::StatusOr<CudaStream> Create();
  CudaStream(CudaStream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  CudaStream& operator=(CudaStream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  ~CudaStream();

  cudaStream_t get() const { return stream_; }
  // Waits for all that the stream was given. The error of any of it, or of earlier work on the device.
  absl::Status Synchronize() const;
  // The event happens once what the stream has been given so far is done.
  absl::Status Record(const CudaEvent& event) const;
  // What the stream is given from now on waits for the event, as it was last recorded. The caller does not wait.
  absl::Status WaitFor(const CudaEvent& event) const;

 private:
  explicit CudaStream(cudaStream_t stream) : stream_(stream) {}
  cudaStream_t stream_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUDA_STREAM_H_
