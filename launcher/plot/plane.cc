#include "launcher/plot/plane.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "faiss/VectorTransform.h"

namespace shoal {
namespace {

// Sum of squared distances from the mean, of the numbers at `first`, `first` + stride, ...
double Scatter(absl::Span<const float> values, size_t first, size_t stride) {
  double sum = 0;
  double squares = 0;
  for (size_t i = first; i < values.size(); i += stride) {
    sum += values[i];
    squares += static_cast<double>(values[i]) * values[i];
  }
  return squares - sum * sum * static_cast<double>(stride) / static_cast<double>(values.size());
}

// Eigenvectors have no sign of their own.
void FixSigns(absl::Span<float> points, const faiss::PCAMatrix& pca) {
  for (int component = 0; component < 2; ++component) {
    const auto begin = pca.A.begin() + static_cast<int64_t>(component) * pca.d_in;
    const auto largest =
        std::max_element(begin, begin + pca.d_in, [](float a, float b) { return std::abs(a) < std::abs(b); });
    if (*largest >= 0) continue;
    for (size_t i = component; i < points.size(); i += 2) points[i] = -points[i];
  }
}

Plane ProjectOnComponents(absl::Span<const float> vectors, int dim) {
  const auto num_vectors = static_cast<int64_t>(vectors.size()) / dim;
  faiss::PCAMatrix pca(dim, 2);
  pca.max_points_per_d = std::numeric_limits<int32_t>::max();  // Its default looks at a sample.
  pca.train(num_vectors, vectors.data());
  Plane plane;
  plane.points.resize(2 * num_vectors);
  pca.apply_noalloc(num_vectors, vectors.data(), plane.points.data());
  FixSigns(absl::MakeSpan(plane.points), pca);
  double total = 0;
  for (int i = 0; i < dim; ++i) total += Scatter(vectors, i, dim);
  for (const int axis : {0, 1}) {
    const double share = total > 0 ? Scatter(plane.points, axis, 2) / total : 0;
    plane.axes[axis] = absl::StrFormat("principal component %d (%.1f%% of the variance)", axis + 1, 100 * share);
  }
  return plane;
}

}  // namespace

absl::StatusOr<Plane> ProjectOnPlane(absl::Span<const float> vectors, int dim) {
  assert(dim >= 1 && vectors.size() % dim == 0);
  if (dim < 2) return absl::InvalidArgumentError("vectors of one number have no place in the plane");
  if (dim > 2 && !vectors.empty()) return ProjectOnComponents(vectors, dim);
  return Plane{{vectors.begin(), vectors.end()}, {"dimension 1", "dimension 2"}};
}

}  // namespace shoal
