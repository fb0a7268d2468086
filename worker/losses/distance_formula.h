// The arithmetic of pairwise_distance.h once sums over the elements of rows are taken: the only place where it is
// written, for the CPU and for devices.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_LOSSES_DISTANCE_FORMULA_H_
#define SHOAL_WORKER_LOSSES_DISTANCE_FORMULA_H_

#include <cmath>

#include "common/base/host_device.h"

namespace shoal {

struct DistanceFormula {
  enum class Kind { kEuclidean, kSquaredEuclidean, kCosine };

  // Rows that are shorter have no direction.
  static constexpr float kMinNorm = 1e-8F;

  Kind kind = Kind::kEuclidean;
  float eps = 0;

  SHOAL_HOST_DEVICE bool is_cosine() const { return kind == Kind::kCosine; }

  // ---- By the difference a - b + offset() of two rows ----
  SHOAL_HOST_DEVICE float offset() const { return kind == Kind::kEuclidean ? eps : 0.0F; }
  SHOAL_HOST_DEVICE float FromSquaredLength(float squared) const {
    return kind == Kind::kEuclidean ? std::sqrt(squared) : squared;
  }
  // The gradient, times scale * derivative, of a is this times the difference, that of b the opposite.
  SHOAL_HOST_DEVICE float DifferenceFactor(float scale, float derivative, float distance) const {
    if (kind == Kind::kEuclidean) return distance > 0 ? scale * derivative / distance : 0.0F;
    return 2 * scale * derivative;
  }

  // ---- By the cosine of two rows ----
  // 1 / norm, from the sum of a row's squares; 0 for a row without direction, which has no gradient.
  SHOAL_HOST_DEVICE static double InverseNorm(float squares) {
    const double norm = std::sqrt(static_cast<double>(squares));
    return norm < kMinNorm ? 0 : 1 / norm;
  }
  SHOAL_HOST_DEVICE static float FromDot(float dot, double inverse_a, double inverse_b) {
    return static_cast<float>(1 - dot * (inverse_a * inverse_b));
  }
  // d(1 - cos) / da = (cos * a / |a| - b / |b|) / |a|: what the other row counts for in a gradient times `factor`, and
  // what the row itself.
  SHOAL_HOST_DEVICE static float OtherFactor(double factor, double inverse_a, double inverse_b) {
    return static_cast<float>(-factor * inverse_a * inverse_b);
  }
  SHOAL_HOST_DEVICE static float OwnFactor(double factor, float distance, double inverse) {
    return static_cast<float>(factor * (1 - static_cast<double>(distance)) * inverse * inverse);
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_DISTANCE_FORMULA_H_
