// Sums over examples as what people read: means.
#ifndef SHOAL_LAUNCHER_METRIC_VALUES_H_
#define SHOAL_LAUNCHER_METRIC_VALUES_H_

#include <string>
#include <vector>

#include "proto/coordinator_service.pb.h"

namespace shoal {

// NaN where there is nothing to take the mean of.
double MeanLoss(const MetricSums& sums);

struct MetricValue {
  std::string name;
  double value;
};

// The loss, then the model's metrics (worker/metrics) in the order of their registry.
std::vector<MetricValue> MetricValues(const MetricSums& sums);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_METRIC_VALUES_H_
