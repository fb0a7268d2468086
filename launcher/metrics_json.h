// Metrics as summary.json and `shoal evaluate` have them.
#ifndef SHOAL_LAUNCHER_METRICS_JSON_H_
#define SHOAL_LAUNCHER_METRICS_JSON_H_

#include <nlohmann/json.hpp>

#include "proto/coordinator_service.pb.h"

namespace shoal {

// Name of the share of MeasureKnnAccuracy (worker/inference/knn_accuracy.h) among a data set's metrics.
inline constexpr char kKnnAccuracy[] = "knn_accuracy";

// {"loss": 0.1, ..., "examples": 100}: MetricValues in their order, then the number of examples. JSON has no NaN: where
// there are no examples, or training has diverged, a value is null.
nlohmann::ordered_json MetricsJson(const MetricSums& sums);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_METRICS_JSON_H_
