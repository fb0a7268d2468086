// Sums over examples from which losses and metrics are made: parts of a batch, of an epoch and of a cluster add up.
#ifndef SHOAL_WORKER_METRIC_SUMS_H_
#define SHOAL_WORKER_METRIC_SUMS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/coordinator_service.pb.h"
#include "worker/metrics/metric.h"
#include "worker/round_to_sum.h"

namespace shoal {

// Adds what all metrics make of a batch. Losses and numbers of examples are the model's to add.
void AddMetrics(const MetricBatch& batch, MetricSums* sums);

// Whether a metric that reads the batch reads its outputs, which may not be there yet: their number is.
bool MetricsReadOutputs(const MetricBatch& batch);

// Adds `part` to `*sum`, number by number.
void AddMetricSums(const MetricSums& part, MetricSums* sum);

// The sums of one metric, by Metric::key(); empty where the model does not have it.
absl::Span<const double> FindMetric(const MetricSums& sums, absl::string_view key);

}  // namespace shoal

#endif  // SHOAL_WORKER_METRIC_SUMS_H_
