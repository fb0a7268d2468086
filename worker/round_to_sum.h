// The numbers of which sums over examples are made (worker/metric_sums.h).
//
// Thread safety: free function, of the CPU and of devices.
#ifndef SHOAL_WORKER_ROUND_TO_SUM_H_
#define SHOAL_WORKER_ROUND_TO_SUM_H_

#include <cmath>

#include "common/base/host_device.h"

namespace shoal {

// A multiple of 2^-32: sums of such numbers are exact up to 2^21, so that they depend neither on their order nor on how
// many workers share them. NaN and infinities stay what they are.
SHOAL_HOST_DEVICE inline double RoundToSum(double value) { return std::nearbyint(value * 0x1p32) * 0x1p-32; }

}  // namespace shoal

#endif  // SHOAL_WORKER_ROUND_TO_SUM_H_
