// How often a class is to be expected in a sample of sampled softmax (negative_sampler.h): the only place where it is
// written, for the CPU and for devices.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_LOSSES_CLASS_DISTRIBUTION_H_
#define SHOAL_WORKER_LOSSES_CLASS_DISTRIBUTION_H_

#include <cmath>
#include <cstdint>

#include "common/base/host_device.h"

namespace shoal {

struct ClassDistribution {
  int64_t num_classes = 1;
  int num_sampled = 1;
  bool log_uniform = true;
  bool unique = true;

  // Of class c, at each draw.
  SHOAL_HOST_DEVICE double Probability(int64_t c) const {
    const auto classes = static_cast<double>(num_classes);
    // log1p keeps the digits that (c + 2) / (c + 1) loses for classes in the millions.
    return log_uniform ? std::log1p(1 / static_cast<double>(c + 1)) / std::log1p(classes) : 1 / classes;
  }

  // Logarithm of how often class c is expected in a sample that took so many draws.
  SHOAL_HOST_DEVICE double LogExpectedCount(int64_t c, int64_t draws) const {
    const double probability = Probability(c);
    if (!unique) return std::log(num_sampled * probability);
    return std::log(-std::expm1(static_cast<double>(draws) * std::log1p(-probability)));
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_CLASS_DISTRIBUTION_H_
