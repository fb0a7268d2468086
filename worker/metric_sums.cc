#include "worker/metric_sums.h"

#include <cmath>

namespace shoal {

void AddMetricSums(const MetricSums& part, MetricSums* sum) {
  sum->set_examples(sum->examples() + part.examples());
  sum->set_loss(sum->loss() + part.loss());
  // A metric that no part has stays unset.
#define SHOAL_ADD_METRIC(field) \
  if (part.has_##field()) sum->set_##field(sum->field() + part.field())
  SHOAL_ADD_METRIC(squared_error);
  SHOAL_ADD_METRIC(absolute_error);
  SHOAL_ADD_METRIC(loss_weight);
  SHOAL_ADD_METRIC(correct);
  SHOAL_ADD_METRIC(correct_top_k);
  SHOAL_ADD_METRIC(triplets);
  SHOAL_ADD_METRIC(nonzero_triplets);
  SHOAL_ADD_METRIC(ranked_pairs);
  SHOAL_ADD_METRIC(ordered_pairs);
#undef SHOAL_ADD_METRIC
}

double RoundToSum(double value) { return std::nearbyint(value * 0x1p32) * 0x1p-32; }

}  // namespace shoal
