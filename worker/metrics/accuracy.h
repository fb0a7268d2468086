// "accuracy": the share of the examples whose label has the highest output, whatever the weights of the labels.
#ifndef SHOAL_WORKER_METRICS_ACCURACY_H_
#define SHOAL_WORKER_METRICS_ACCURACY_H_

#include <cstddef>

#include "worker/metrics/metric.h"

namespace shoal {

class Accuracy : public Metric {
 public:
  absl::string_view name() const override { return "accuracy"; }
  bool Reads(const MetricBatch& batch) const override { return !batch.predicted.empty(); }
  void Add(const MetricBatch& batch, absl::Span<double> sums) const override {
    for (size_t i = 0; i < batch.predicted.size(); ++i) sums[0] += batch.predicted[i] == batch.labels[i] ? 1 : 0;
  }
  double Value(absl::Span<const double> sums, double examples) const override { return Ratio(sums[0], examples); }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_ACCURACY_H_
