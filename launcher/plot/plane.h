// Vectors brought into the plane.
#ifndef SHOAL_LAUNCHER_PLOT_PLANE_H_
#define SHOAL_LAUNCHER_PLOT_PLANE_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace shoal {

struct Plane {
  std::vector<float> points;        // [n, 2].
  std::array<std::string, 2> axes;  // What they are, for people.
};

// Vectors, [n, dim]. Of two numbers each they are the points. Wider ones are projected on their first two principal
// components (faiss's PCAMatrix, of all vectors), each with the sign that makes its largest coefficient positive; the
// axes say how much of the variance they show. InvalidArgument: dim is below 2. REQUIRES: dim divides the number of
// floats.
absl::StatusOr<Plane> ProjectOnPlane(absl::Span<const float> vectors, int dim);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_PLANE_H_
