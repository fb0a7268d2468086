// "top_k_accuracy": the share of the examples whose label is among the k highest outputs, where the job gives a k above
// 1. Equal outputs rank by class number.
#ifndef SHOAL_WORKER_METRICS_TOP_K_ACCURACY_H_
#define SHOAL_WORKER_METRICS_TOP_K_ACCURACY_H_

#include <cstddef>

#include "worker/metrics/metric.h"

namespace shoal {

class TopKAccuracy : public Metric {
 public:
  absl::string_view name() const override { return "top_k_accuracy"; }
  bool Reads(const MetricBatch& batch) const override { return batch.top_k > 1 && !batch.outputs.empty(); }
  bool reads_outputs() const override { return true; }
  void Add(const MetricBatch& batch, absl::Span<double> sums) const override {
    for (size_t i = 0; i < batch.labels.size(); ++i) {
      const absl::Span<const float> outputs = batch.outputs.subspan(i * batch.num_outputs, batch.num_outputs);
      sums[0] += OutputsAhead(outputs, batch.labels[i]) < batch.top_k ? 1 : 0;
    }
  }
  double Value(absl::Span<const double> sums, double examples) const override { return Ratio(sums[0], examples); }

 private:
  // NaN ranks first, so that it never makes a label correct.
  static int OutputsAhead(absl::Span<const float> outputs, int64_t label) {
    int ahead = 0;
    for (int64_t c = 0; c < static_cast<int64_t>(outputs.size()); ++c) {
      ahead += !(outputs[c] <= outputs[label]) || (c < label && outputs[c] == outputs[label]) ? 1 : 0;
    }
    return ahead;
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_TOP_K_ACCURACY_H_
