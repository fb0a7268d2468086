#include "launcher/metric_values.h"

#include <cmath>
#include <limits>

namespace shoal {
namespace {

double Ratio(double sum, double count) { return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace

double MeanLoss(const MetricSums& sums) {
  // Triplets may all be zero: nothing to divide by, and no loss.
  if (sums.loss_weight() > 0) return sums.loss() / sums.loss_weight();
  return Ratio(sums.loss(), static_cast<double>(sums.examples()));
}

std::vector<MetricValue> MetricValues(const MetricSums& sums) {
  const auto examples = static_cast<double>(sums.examples());
  std::vector<MetricValue> values = {{"loss", MeanLoss(sums)}};
  if (sums.has_squared_error()) {
    const double mse = Ratio(sums.squared_error(), examples);
    values.push_back({"mse", mse});
    values.push_back({"rmse", std::sqrt(mse)});
  }
  if (sums.has_absolute_error()) values.push_back({"mae", Ratio(sums.absolute_error(), examples)});
  if (sums.has_correct()) values.push_back({"accuracy", Ratio(static_cast<double>(sums.correct()), examples)});
  if (sums.has_correct_top_k()) {
    values.push_back({"top_k_accuracy", Ratio(static_cast<double>(sums.correct_top_k()), examples)});
  }
  if (sums.has_nonzero_triplets()) {
    values.push_back({"nonzero_triplets", static_cast<double>(sums.nonzero_triplets())});
  }
  if (sums.has_ordered_pairs()) {
    values.push_back({"auc", Ratio(sums.ordered_pairs(), static_cast<double>(sums.ranked_pairs()))});
  }
  return values;
}

}  // namespace shoal
