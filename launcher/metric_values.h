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
  double value = 0;
  bool is_count = false;  // A whole number of something.
};

// The loss, then the model's metrics (worker/metrics) in the order of their registry.
std::vector<MetricValue> MetricValues(const MetricSums& sums);

// As people read them: "0.25000", and "12" of a count. What is not a number is "nan", whatever its sign bit.
std::string MetricText(double value);
std::string MetricText(const MetricValue& metric);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_METRIC_VALUES_H_
