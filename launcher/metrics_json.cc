#include "launcher/metrics_json.h"

#include "launcher/metric_values.h"

namespace shoal {

nlohmann::ordered_json MetricsJson(const MetricSums& sums) {
  nlohmann::ordered_json json;
  for (const MetricValue& metric : MetricValues(sums)) json[metric.name] = metric.value;
  json["examples"] = sums.examples();
  return json;
}

}  // namespace shoal
