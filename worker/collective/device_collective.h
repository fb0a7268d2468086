// A collective whose sums can also be of what lies in the device's memory.
//
// Gradients are summed by buckets, beside the backward pass that still computes others: each is started as soon as it
// is there, and the optimizer waits for the last. Buckets are summed in the order in which they are started, the same
// on all workers.
//
// Thread safety: that of Collective.
#ifndef SHOAL_WORKER_COLLECTIVE_DEVICE_COLLECTIVE_H_
#define SHOAL_WORKER_COLLECTIVE_DEVICE_COLLECTIVE_H_

#include <cuda_runtime_api.h>

#include <cstdint>

#include "worker/collective/collective.h"
#include "worker/cuda/cuda_stream.h"

namespace shoal {

class DeviceCollective : public Collective {
 public:
  // Buckets that may be started before the first is done.
  static constexpr int kMaxBuckets = 64;

  // As AllReduceSum of `size` floats of the device, once `ready`, recorded behind the kernel that writes them, has
  // happened; it must not be recorded again before `done`. Several may be started before the first is done. Once `done`
  // was called, the sum is there for kernels of any stream.
  virtual void AllReduceSumOnDevice(float* data, int64_t size, const CudaEvent& ready, Done done) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_DEVICE_COLLECTIVE_H_
