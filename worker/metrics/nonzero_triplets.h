// "nonzero_triplets": how many triplets had a loss.
#ifndef SHOAL_WORKER_METRICS_NONZERO_TRIPLETS_H_
#define SHOAL_WORKER_METRICS_NONZERO_TRIPLETS_H_

#include "worker/metrics/metric.h"

namespace shoal {

class NonzeroTriplets : public Metric {
 public:
  static constexpr char kName[] = "nonzero_triplets";
  enum Sum { kNonzero, kAll };

  absl::string_view name() const override { return kName; }
  int num_sums() const override { return 2; }
  bool is_count() const override { return true; }
  bool Reads(const MetricBatch& batch) const override { return batch.nonzero_triplets.has_value(); }
  void Add(const MetricBatch& batch, absl::Span<double> sums) const override {
    sums[kNonzero] += static_cast<double>(*batch.nonzero_triplets);
    sums[kAll] += static_cast<double>(*batch.triplets);
  }
  double Value(absl::Span<const double> sums, double) const override { return sums[kNonzero]; }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_NONZERO_TRIPLETS_H_
