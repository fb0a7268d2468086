#include "worker/metrics/all_metrics.h"

#include "worker/metrics/accuracy.h"
#include "worker/metrics/mean_absolute_error.h"
#include "worker/metrics/mean_squared_error.h"
#include "worker/metrics/nonzero_triplets.h"
#include "worker/metrics/ranking_auc.h"
#include "worker/metrics/root_mean_squared_error.h"
#include "worker/metrics/top_k_accuracy.h"
#include "worker/metrics/two_class_auc.h"

namespace shoal {

absl::Span<const Metric* const> AllMetrics() {
  static const Metric* const metrics[] = {
      new MeanSquaredError,      // mse
      new RootMeanSquaredError,  // rmse
      new MeanAbsoluteError,     // mae
      new Accuracy,              // accuracy
      new TopKAccuracy,          // top_k_accuracy
      new NonzeroTriplets,       // nonzero_triplets
      new RankingAuc,            // auc, of implicit factorisation
      new TwoClassAuc,           // auc, of two classes
  };
  return metrics;
}

}  // namespace shoal
