// "auc" of validation where there are two classes: the area under the ROC curve, the share of the pairs of an example
// of either class in which the one of the second class (in the order of the labels: spam after ham) has the higher
// score; equal scores count half. The score is the difference of the two outputs, the logit of the second class's
// probability.
//
// Examples of all batches and workers are compared with each other, so what is added up are counts of scores in bins:
// from 2^-16 to 2^8, of either sign, 256 bins an octave. Two scores share a bin only if they differ by less than 1 part
// in 256, or both lie within 2^-16 of zero or both beyond 255; such a pair counts half. So the area is exact but for
// these pairs: it is wrong by half their share at most. Counts are whole numbers, the same however many workers there
// are.
//
// A score that is NaN is taken for wrong. NaN where a class has no example.
#ifndef SHOAL_WORKER_METRICS_TWO_CLASS_AUC_H_
#define SHOAL_WORKER_METRICS_TWO_CLASS_AUC_H_

#include "worker/metrics/metric.h"

namespace shoal {

class TwoClassAuc : public Metric {
 public:
  static constexpr char kKey[] = "two_class_auc";

  absl::string_view name() const override { return "auc"; }
  absl::string_view key() const override { return kKey; }
  // Bins of the first class by rising score, then those of the second.
  int num_sums() const override { return 2 * kBins; }
  bool Reads(const MetricBatch& batch) const override {
    return !batch.training && batch.num_outputs == 2 && !batch.outputs.empty();
  }
  bool reads_outputs() const override { return true; }
  void Add(const MetricBatch& batch, absl::Span<double> sums) const override;
  double Value(absl::Span<const double> sums, double examples) const override;

 private:
  static constexpr int kBinsAnOctave = 256;
  static constexpr int kMinExponent = -16;
  static constexpr int kMaxExponent = 8;
  static constexpr int kBinsASign = kBinsAnOctave * (kMaxExponent - kMinExponent);
  static constexpr int kBins = 2 * kBinsASign + 1;  // Zero's is in the middle.

  static int BinOf(double score);
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_TWO_CLASS_AUC_H_
