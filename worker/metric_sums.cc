#include "worker/metric_sums.h"

#include <cmath>

namespace shoal {

void AddMetricSums(const MetricSums& part, MetricSums* sum) {
  sum->set_examples(sum->examples() + part.examples());
  sum->set_loss(sum->loss() + part.loss());
  sum->set_squared_error(sum->squared_error() + part.squared_error());
  sum->set_absolute_error(sum->absolute_error() + part.absolute_error());
  sum->set_loss_weight(sum->loss_weight() + part.loss_weight());
  sum->set_correct(sum->correct() + part.correct());
  sum->set_correct_top_k(sum->correct_top_k() + part.correct_top_k());
  sum->set_triplets(sum->triplets() + part.triplets());
  sum->set_nonzero_triplets(sum->nonzero_triplets() + part.nonzero_triplets());
  sum->set_ranked_pairs(sum->ranked_pairs() + part.ranked_pairs());
  sum->set_ordered_pairs(sum->ordered_pairs() + part.ordered_pairs());
}

double RoundToSum(double value) { return std::nearbyint(value * 0x1p32) * 0x1p-32; }

}  // namespace shoal
