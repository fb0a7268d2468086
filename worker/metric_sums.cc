#include "worker/metric_sums.h"

namespace shoal {

void AddMetricSums(const MetricSums& part, MetricSums* sum) {
  sum->set_examples(sum->examples() + part.examples());
  sum->set_loss(sum->loss() + part.loss());
  sum->set_squared_error(sum->squared_error() + part.squared_error());
  sum->set_absolute_error(sum->absolute_error() + part.absolute_error());
}

}  // namespace shoal
