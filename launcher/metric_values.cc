#include "launcher/metric_values.h"

#include <limits>

#include "worker/metric_sums.h"
#include "worker/metrics/all_metrics.h"

namespace shoal {

double MeanLoss(const MetricSums& sums) {
  // Triplets may all be zero: nothing to divide by, and no loss.
  if (sums.loss_weight() > 0) return sums.loss() / sums.loss_weight();
  if (sums.examples() > 0) return sums.loss() / static_cast<double>(sums.examples());
  return std::numeric_limits<double>::quiet_NaN();
}

std::vector<MetricValue> MetricValues(const MetricSums& sums) {
  std::vector<MetricValue> values = {{"loss", MeanLoss(sums)}};
  for (const Metric* metric : AllMetrics()) {
    const absl::Span<const double> metric_sums = FindMetric(sums, metric->key());
    // Another number of them: not from a worker of ours.
    if (metric_sums.size() != static_cast<size_t>(metric->num_sums())) continue;
    values.push_back({std::string(metric->name()), metric->Value(metric_sums, static_cast<double>(sums.examples()))});
  }
  return values;
}

}  // namespace shoal
