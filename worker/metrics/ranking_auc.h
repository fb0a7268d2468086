// "auc" of models that rank: the share of the pairs of a positive and one of its negatives that are scored in the right
// order; equal scores count half.
#ifndef SHOAL_WORKER_METRICS_RANKING_AUC_H_
#define SHOAL_WORKER_METRICS_RANKING_AUC_H_

#include "worker/metrics/metric.h"

namespace shoal {

class RankingAuc : public Metric {
 public:
  static constexpr char kKey[] = "ranking_auc";
  enum Sum { kOrdered, kPairs };

  absl::string_view name() const override { return "auc"; }
  absl::string_view key() const override { return kKey; }
  int num_sums() const override { return 2; }
  bool Reads(const MetricBatch& batch) const override { return !batch.scores.empty() || batch.ranked_pairs > 0; }
  void Add(const MetricBatch& batch, absl::Span<double> sums) const override {
    sums[kOrdered] += batch.ordered_pairs;
    sums[kPairs] += static_cast<double>(batch.ranked_pairs);
    for (absl::Span<const double> rest = batch.scores; !rest.empty(); rest.remove_prefix(batch.num_scores)) {
      for (const double negative : rest.subspan(1, batch.num_scores - 1)) {
        sums[kOrdered] += rest[0] > negative ? 1 : rest[0] == negative ? 0.5 : 0;
        sums[kPairs] += 1;
      }
    }
  }
  double Value(absl::Span<const double> sums, double) const override { return Ratio(sums[kOrdered], sums[kPairs]); }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_RANKING_AUC_H_
