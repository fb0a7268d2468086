#include "worker/metrics/two_class_auc.h"

#include <cmath>
#include <cstddef>

namespace shoal {

int TwoClassAuc::BinOf(double score) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(score), &exponent);  // In [1/2, 1), of 2^exponent.
  int from_zero = 0;
  if (std::isinf(score) || exponent > kMaxExponent) {
    from_zero = kBinsASign;
  } else if (fraction > 0 && exponent > kMinExponent) {
    const int octave = exponent - 1 - kMinExponent;
    from_zero = 1 + octave * kBinsAnOctave + static_cast<int>((2 * fraction - 1) * kBinsAnOctave);
  }
  return kBinsASign + (score < 0 ? -from_zero : from_zero);
}

void TwoClassAuc::Add(const MetricBatch& batch, absl::Span<double> sums) const {
  for (size_t i = 0; i < batch.labels.size(); ++i) {
    const double score = static_cast<double>(batch.outputs[2 * i + 1]) - batch.outputs[2 * i];
    const bool is_second = batch.labels[i] == 1;
    const int wrong = is_second ? 0 : kBins - 1;
    sums[(is_second ? kBins : 0) + (std::isnan(score) ? wrong : BinOf(score))] += 1;
  }
}

double TwoClassAuc::Value(absl::Span<const double> sums, double) const {
  const absl::Span<const double> first = sums.first(kBins);
  const absl::Span<const double> second = sums.subspan(kBins);
  double num_first = 0;  // Of the bins so far.
  double num_second = 0;
  double ordered = 0;
  for (int bin = 0; bin < kBins; ++bin) {
    ordered += second[bin] * (num_first + first[bin] / 2);
    num_first += first[bin];
    num_second += second[bin];
  }
  return Ratio(ordered, num_first * num_second);
}

}  // namespace shoal
