#include "launcher/metric_values.h"

#include <cmath>
#include <limits>

namespace shoal {

MetricValues Average(const MetricSums& sums) {
  MetricValues values;
  values.examples = sums.examples();
  const double scale =
      sums.examples() > 0 ? 1.0 / static_cast<double>(sums.examples()) : std::numeric_limits<double>::quiet_NaN();
  // Triplets may all be zero: nothing to divide by, and no loss.
  values.loss = sums.loss_weight() > 0 ? sums.loss() / sums.loss_weight() : sums.loss() * scale;
  values.mse = sums.squared_error() * scale;
  values.rmse = std::sqrt(values.mse);
  values.mae = sums.absolute_error() * scale;
  return values;
}

}  // namespace shoal
