// "rmse": the square root of the mean squared error of predicted numbers.
#ifndef SHOAL_WORKER_METRICS_ROOT_MEAN_SQUARED_ERROR_H_
#define SHOAL_WORKER_METRICS_ROOT_MEAN_SQUARED_ERROR_H_

#include <cmath>

#include "worker/metrics/mean_squared_error.h"

namespace shoal {

class RootMeanSquaredError : public MeanSquaredError {
 public:
  absl::string_view name() const override { return "rmse"; }
  double Value(absl::Span<const double> sums, double examples) const override {
    return std::sqrt(MeanSquaredError::Value(sums, examples));
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_METRICS_ROOT_MEAN_SQUARED_ERROR_H_
