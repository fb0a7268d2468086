#include "worker/metric_sums.h"

#include <algorithm>
#include <string>

#include "absl/algorithm/container.h"
#include "worker/metrics/all_metrics.h"

namespace shoal {
namespace {

// The sums of a metric, at least so many; new ones are zero.
absl::Span<double> FindOrAdd(absl::string_view key, int num_sums, MetricSums* sums) {
  const auto found = std::find_if(sums->mutable_metrics()->begin(), sums->mutable_metrics()->end(),
                                  [&](const MetricSum& metric) { return metric.key() == key; });
  MetricSum* const metric = found == sums->mutable_metrics()->end() ? sums->add_metrics() : &*found;
  if (metric->key().empty()) metric->set_key(std::string(key));
  if (metric->sums_size() < num_sums) metric->mutable_sums()->Resize(num_sums, 0);
  return absl::MakeSpan(metric->mutable_sums()->mutable_data(), metric->sums_size());
}

}  // namespace

void AddMetrics(const MetricBatch& batch, MetricSums* sums) {
  for (const Metric* metric : AllMetrics()) {
    if (metric->Reads(batch)) metric->Add(batch, FindOrAdd(metric->key(), metric->num_sums(), sums));
  }
}

bool MetricsReadOutputs(const MetricBatch& batch) {
  return absl::c_any_of(AllMetrics(),
                        [&](const Metric* metric) { return metric->reads_outputs() && metric->Reads(batch); });
}

void AddMetricSums(const MetricSums& part, MetricSums* sum) {
  sum->set_examples(sum->examples() + part.examples());
  sum->set_loss(sum->loss() + part.loss());
  if (part.has_loss_weight()) sum->set_loss_weight(sum->loss_weight() + part.loss_weight());
  for (const MetricSum& metric : part.metrics()) {
    const absl::Span<double> sums = FindOrAdd(metric.key(), metric.sums_size(), sum);
    for (int i = 0; i < metric.sums_size(); ++i) sums[i] += metric.sums(i);
  }
}

absl::Span<const double> FindMetric(const MetricSums& sums, absl::string_view key) {
  for (const MetricSum& metric : sums.metrics()) {
    if (metric.key() == key) return metric.sums();
  }
  return {};
}

}  // namespace shoal
