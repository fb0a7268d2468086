// GradientSums of a GPU's memory: each bucket is a DeviceCollective's sum, behind an event that follows its gradients
// on the stream of the kernels.
//
// Thread safety: that of GradientSums.
#ifndef SHOAL_WORKER_CUDA_CUDA_GRADIENT_SUMS_H_
#define SHOAL_WORKER_CUDA_CUDA_GRADIENT_SUMS_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "worker/collective/device_collective.h"
#include "worker/collective/gradient_sums.h"
#include "worker/cuda/cuda_stream.h"

namespace shoal {

class CudaGradientSums final : public GradientSums {
 public:
  // `stream`, that of the kernels, outlives the result; so does `collective`, while anything is started or awaited.
  static absl::StatusOr<std::unique_ptr<CudaGradientSums>> Create(const CudaStream* stream,
                                                                  DeviceCollective* collective);

  void Start(float* data, int64_t size) override;
  void Await(Collective::Done done) override;

 private:
  // Shared with callbacks, which come on the collective's thread.
  struct Pending {
    absl::Mutex mutex;
    int buckets ABSL_GUARDED_BY(mutex) = 0;  // Under way.
    absl::Status status ABSL_GUARDED_BY(mutex);
    Collective::Done done ABSL_GUARDED_BY(mutex);

    void OnSummed(absl::Status summed);
  };

  CudaGradientSums(const CudaStream* stream, DeviceCollective* collective)
      : stream_(*stream), collective_(*collective) {}

  const CudaStream& stream_;
  DeviceCollective& collective_;
  std::vector<CudaEvent> events_;  // Of the buckets since the last Await.
  int started_ = 0;                // The same.
  const std::shared_ptr<Pending> pending_ = std::make_shared<Pending>();
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_CUDA_GRADIENT_SUMS_H_
