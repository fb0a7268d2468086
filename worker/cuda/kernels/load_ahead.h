// Loops in an order that counts, over what lies in the device's memory: several rounds' loads are on their way at a
// time, where a plain loop would wait for each.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LOAD_AHEAD_H_
#define SHOAL_WORKER_CUDA_KERNELS_LOAD_AHEAD_H_

#include <cstdint>

#include "common/base/host_device.h"

namespace shoal {

// Calls use(load(i)) for i from begin to end - 1, the uses in this order, behind the loads of kRounds of them. What
// load(i) reads no use changes.
template <int kRounds, class Load, class Use>
SHOAL_HOST_DEVICE void ForEachLoaded(int64_t begin, int64_t end, const Load& load, const Use& use) {
  using Loaded = decltype(load(begin));
  for (; end - begin >= kRounds; begin += kRounds) {
    Loaded loaded[kRounds];
    for (int k = 0; k < kRounds; ++k) loaded[k] = load(begin + k);
    for (int k = 0; k < kRounds; ++k) use(loaded[k]);
  }
  for (; begin < end; ++begin) use(load(begin));
}

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LOAD_AHEAD_H_
