#include "worker/losses/distance_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

absl::Status DistanceLoss::Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) {
  SHOAL_RETURN_IF_ERROR(Check(batch));
  sums->set_examples(sums->examples() + (batch.end - batch.begin) / batch.rows_per_example);
  distance_.SetRows(batch.outputs, batch.n, batch.dim);
  if (!distance_.AllFinite()) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    sums->set_loss(kNan);
    std::fill(gradients.begin(), gradients.end(), static_cast<float>(kNan));
    return absl::OkStatus();
  }
  terms_.clear();
  const double divisor = CollectTerms(batch, sums);
  if (gradients.empty()) return absl::OkStatus();
  std::fill(gradients.begin(), gradients.end(), 0.0F);
  const float scale = divisor > 0 ? static_cast<float>(1 / divisor) : 0.0F;
  distance_.AddGradients(terms_, scale, {batch.begin, batch.end, gradients.data()});
  return absl::OkStatus();
}

absl::Status CheckTupleRows(absl::string_view name, int64_t number, absl::Span<const int64_t> rows, int64_t n) {
  for (const int64_t row : rows) {
    if (row >= 0 && row < n) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(name, " ", number, " names row ", row, ", expected 0 to ", n - 1, " of the global batch"));
  }
  return absl::OkStatus();
}

absl::Status CheckDistanceOptions(absl::string_view prefix, float margin, float eps) {
  const auto check = [&](absl::string_view field, float value) {
    if (std::isfinite(value) && value >= 0) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(prefix, ".", field, " is ", value, ", expected a finite number from 0 on"));
  };
  SHOAL_RETURN_IF_ERROR(check("margin", margin));
  return check("eps", eps);
}

}  // namespace shoal
