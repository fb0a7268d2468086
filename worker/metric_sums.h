// Sums over examples from which losses and metrics are made: parts of a batch, of an epoch and of a cluster add up.
#ifndef SHOAL_WORKER_METRIC_SUMS_H_
#define SHOAL_WORKER_METRIC_SUMS_H_

#include "proto/coordinator_service.pb.h"

namespace shoal {

// Adds `part` to `*sum`, field by field.
void AddMetricSums(const MetricSums& part, MetricSums* sum);

}  // namespace shoal

#endif  // SHOAL_WORKER_METRIC_SUMS_H_
