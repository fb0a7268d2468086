#include "common/optimizer/max_norm.h"

#include <algorithm>
#include <cmath>

#include "common/simd/vector_ops.h"

namespace shoal {

absl::optional<MaxNorm> MaxNorm::Of(const TableConfig& table) {
  if (!table.has_max_norm()) return absl::nullopt;
  return MaxNorm(table.max_norm(), table.norm_type());
}

double MaxNorm::Norm(const float* row, int n) const {
  if (p_ == 2) return std::sqrt(SumOfSquares(row, n));
  double sum = 0;
  if (std::isinf(p_)) {
    for (int i = 0; i < n; ++i) sum = std::max<double>(sum, std::fabs(row[i]));
    return sum;
  }
  for (int i = 0; i < n; ++i) sum += std::pow(std::fabs(static_cast<double>(row[i])), p_);
  return std::pow(sum, 1 / static_cast<double>(p_));
}

void MaxNorm::Apply(float* row, int n) const {
  const double norm = Norm(row, n);
  if (norm > limit_) Scale(static_cast<float>(limit_ / (norm + 1e-7)), row, n);
}

}  // namespace shoal
