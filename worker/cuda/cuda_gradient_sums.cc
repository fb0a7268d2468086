#include "worker/cuda/cuda_gradient_sums.h"

#include <cassert>
#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<CudaGradientSums>> CudaGradientSums::Create(const CudaStream* stream,
                                                                           DeviceCollective* collective) {
  static_assert(kMaxBuckets <= DeviceCollective::kMaxBuckets);
  auto sums = absl::WrapUnique(new CudaGradientSums(stream, collective));
  for (int i = 0; i < kMaxBuckets; ++i) {
    SHOAL_ASSIGN_OR_RETURN(CudaEvent event, CudaEvent::Create());
    sums->events_.push_back(std::move(event));
  }
  return sums;
}

void CudaGradientSums::Start(float* data, int64_t size) {
  assert(started_ < kMaxBuckets);
  const CudaEvent& ready = events_[started_++];
  {
    absl::MutexLock lock(&pending_->mutex);
    // Another worker's next bucket is not this one's: without the failed one none is to follow.
    if (!pending_->status.ok()) return;
    ++pending_->buckets;
  }
  absl::Status recorded = stream_.Record(ready);
  if (!recorded.ok()) {
    pending_->OnSummed(std::move(recorded));
    return;
  }
  collective_.AllReduceSumOnDevice(data, size, ready,
                                   [pending = pending_](absl::Status status) { pending->OnSummed(std::move(status)); });
}

void CudaGradientSums::Await(Collective::Done done) {
  started_ = 0;
  absl::Status status;
  {
    absl::MutexLock lock(&pending_->mutex);
    if (pending_->buckets > 0) {
      pending_->done = std::move(done);
      return;
    }
    status = pending_->status;
  }
  done(std::move(status));
}

void CudaGradientSums::Pending::OnSummed(absl::Status summed) {
  Collective::Done call;
  absl::Status first;
  {
    absl::MutexLock lock(&mutex);
    status.Update(summed);
    if (--buckets > 0 || !done) return;
    call = std::exchange(done, nullptr);
    first = status;
  }
  call(std::move(first));
}

}  // namespace shoal
