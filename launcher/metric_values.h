// Sums over examples as what people read: means.
#ifndef SHOAL_LAUNCHER_METRIC_VALUES_H_
#define SHOAL_LAUNCHER_METRIC_VALUES_H_

#include <cstdint>

#include "proto/coordinator_service.pb.h"

namespace shoal {

// NaN where there are no examples.
struct MetricValues {
  double loss = 0;
  double mse = 0;
  double rmse = 0;
  double mae = 0;
  uint64_t examples = 0;
};

MetricValues Average(const MetricSums& sums);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_METRIC_VALUES_H_
