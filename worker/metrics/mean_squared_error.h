// "mse": the mean squared error of predicted numbers.
#ifndef SHOAL_WORKER_METRICS_MEAN_SQUARED_ERROR_H_
#define SHOAL_WORKER_METRICS_MEAN_SQUARED_ERROR_H_

#include "worker/metrics/metric.h"

namespace shoal {

class MeanSquaredError : public Metric {
 public:
  absl::string_view name() const override { return "mse"; }
  bool Reads(const MetricBatch& batch) const override { return batch.squared_error.has_value(); }
  void Add(const MetricBatch& batch, absl::Span<double> sums) const override { sums[0] += *batch.squared_error; }
  double Value(absl::Span<const double> sums, double examples) const override { return Ratio(sums[0], examples); }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_MEAN_SQUARED_ERROR_H_
