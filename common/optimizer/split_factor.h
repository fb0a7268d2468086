// A factor with more digits than a float has.
//
// Factors that a row is multiplied by again and again lie near 1, where a float is off by up to 3e-8, always the same
// way: after a hundred steps that would show.
#ifndef SHOAL_COMMON_OPTIMIZER_SPLIT_FACTOR_H_
#define SHOAL_COMMON_OPTIMIZER_SPLIT_FACTOR_H_

#include "common/base/host_device.h"

namespace shoal {

struct SplitFactor {
  float high;  // The factor as a float.
  float low;   // What it is short of the factor.
};

SHOAL_HOST_DEVICE inline SplitFactor Split(double factor) {
  const float high = static_cast<float>(factor);
  return {high, static_cast<float>(factor - high)};
}

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_SPLIT_FACTOR_H_
