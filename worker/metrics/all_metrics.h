// The registry of metrics: a new one adds its line here.
#ifndef SHOAL_WORKER_METRICS_ALL_METRICS_H_
#define SHOAL_WORKER_METRICS_ALL_METRICS_H_

#include "absl/types/span.h"
#include "worker/metrics/metric.h"

namespace shoal {

// In the order in which they are shown; valid for ever.
absl::Span<const Metric* const> AllMetrics();

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_ALL_METRICS_H_
