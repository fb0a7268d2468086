#include "launcher/metric_values.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
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
  std::vector<MetricValue> values = {{"loss", MeanLoss(sums), /*is_count=*/false}};
  for (const Metric* metric : AllMetrics()) {
    const absl::Span<const double> metric_sums = FindMetric(sums, metric->key());
    // Another number of them: not from a worker of ours.
    if (metric_sums.size() != static_cast<size_t>(metric->num_sums())) continue;
    values.push_back({std::string(metric->name()), metric->Value(metric_sums, static_cast<double>(sums.examples())),
                      metric->is_count()});
  }
  return values;
}

std::string MetricText(double value) { return std::isnan(value) ? "nan" : absl::StrFormat("%.5f", value); }

std::string MetricText(const MetricValue& metric) {
  return metric.is_count && std::isfinite(metric.value) ? absl::StrFormat("%.0f", metric.value)
                                                        : MetricText(metric.value);
}

}  // namespace shoal
