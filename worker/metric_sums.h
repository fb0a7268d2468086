// Sums over examples from which losses and metrics are made: parts of a batch, of an epoch and of a cluster add up.
#ifndef SHOAL_WORKER_METRIC_SUMS_H_
#define SHOAL_WORKER_METRIC_SUMS_H_

#include "proto/coordinator_service.pb.h"

namespace shoal {

// Adds `part` to `*sum`, field by field.
void AddMetricSums(const MetricSums& part, MetricSums* sum);

// A multiple of 2^-32: sums of such numbers are exact up to 2^21, so that they depend neither on their order nor on how
// many workers share them. NaN and infinities stay what they are.
double RoundToSum(double value);

}  // namespace shoal

#endif  // SHOAL_WORKER_METRIC_SUMS_H_
