// Sums over examples from which losses and metrics are made: parts of a batch, of an epoch and of a cluster add up.
#ifndef SHOAL_WORKER_METRIC_SUMS_H_
#define SHOAL_WORKER_METRIC_SUMS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/coordinator_service.pb.h"
#include "worker/metrics/metric.h"

namespace shoal {

// Adds what all metrics make of a batch. Losses and numbers of examples are the model's to add.
void AddMetrics(const MetricBatch& batch, MetricSums* sums);

// Adds `part` to `*sum`, number by number.
void AddMetricSums(const MetricSums& part, MetricSums* sum);

// The sums of one metric, by Metric::key(); empty where the model does not have it.
absl::Span<const double> FindMetric(const MetricSums& sums, absl::string_view key);

// A multiple of 2^-32: sums of such numbers are exact up to 2^21, so that they depend neither on their order nor on how
// many workers share them. NaN and infinities stay what they are.
double RoundToSum(double value);

}  // namespace shoal

#endif  // SHOAL_WORKER_METRIC_SUMS_H_
