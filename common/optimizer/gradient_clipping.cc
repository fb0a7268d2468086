#include "common/optimizer/gradient_clipping.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/simd/vector_ops.h"

namespace shoal {

GradientClipper::GradientClipper(const GradientClipping& config)
    : kind_(config.clipping_case()), limit_(kind_ == GradientClipping::kRowNorm ? config.row_norm() : config.value()) {}

absl::StatusOr<GradientClipper> GradientClipper::Create(const GradientClipping& config) {
  const GradientClipper clipper(config);
  const bool is_set = clipper.kind_ != GradientClipping::CLIPPING_NOT_SET;
  if (is_set && !(std::isfinite(clipper.limit_) && clipper.limit_ > 0)) {
    return absl::InvalidArgumentError(absl::StrCat("gradient_clipping.",
                                                   clipper.kind_ == GradientClipping::kValue ? "value" : "row_norm",
                                                   " is ", clipper.limit_, "; it must be above 0"));
  }
  return clipper;
}

void GradientClipper::Clip(float* gradient, int n) const {
  switch (kind_) {
    case GradientClipping::kValue:
      Clamp(gradient, limit_, n);
      return;
    case GradientClipping::kRowNorm: {
      const float scale = limit_ / (std::sqrt(SumOfSquares(gradient, n)) + 1e-6f);
      // Not for NaN either, where torch too leaves a NaN behind.
      if (scale < 1) Scale(scale, gradient, n);
      return;
    }
    case GradientClipping::CLIPPING_NOT_SET:
      return;
  }
}

}  // namespace shoal
