#include "common/neighbors/nearest_neighbors.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "faiss/IndexFlat.h"

namespace shoal {
namespace {

// Candidates that faiss is asked for beyond k. Few: only ties and near-ties need them.
constexpr int64_t kSpare = 32;
// Queries at a time, which bounds memory for candidates, and the time until `proceed` is asked again.
constexpr int64_t kBlockQueries = 512;

struct Candidate {
  float distance;
  int64_t index;

  bool operator<(const Candidate& other) const {
    return distance != other.distance ? distance < other.distance : index < other.index;
  }
};

double Dot(const float* a, const float* b, int dim) {
  double sum = 0;
  for (int i = 0; i < dim; ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

float Norm(const float* a, int dim) { return static_cast<float>(std::sqrt(Dot(a, a, dim))); }

double SquaredDistance(const float* a, const float* b, int dim) {
  double sum = 0;
  for (int i = 0; i < dim; ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    sum += difference * difference;
  }
  return sum;
}

// Rounded to a float, so that vectors of the same direction have the same cosine.
float Cosine(const float* a, const float* b, int dim) {
  const double lengths = std::sqrt(Dot(a, a, dim) * Dot(b, b, dim));
  return lengths == 0 ? 0.0F : std::clamp(static_cast<float>(Dot(a, b, dim) / lengths), -1.0F, 1.0F);
}

float Measure(const float* a, const float* b, int dim, Distance distance) {
  switch (distance) {
    case COSINE:
      return 1.0F - Cosine(a, b, dim);
    case SQUARED_EUCLIDEAN:
      return static_cast<float>(SquaredDistance(a, b, dim));
    case EUCLIDEAN:
      break;
  }
  return static_cast<float>(std::sqrt(SquaredDistance(a, b, dim)));
}

void BringToLengthOne(int dim, std::vector<float>* vectors) {
  for (auto vector = vectors->begin(); vector != vectors->end(); vector += dim) {
    const double norm = std::sqrt(Dot(&*vector, &*vector, dim));
    if (norm == 0) continue;
    std::for_each(vector, vector + dim, [norm](float& value) { value = static_cast<float>(value / norm); });
  }
}

// The vectors as the index holds them.
absl::StatusOr<std::vector<float>> Prepare(absl::Span<const float> vectors, int dim, Distance distance) {
  assert(dim >= 1 && vectors.size() % dim == 0);
  const auto bad = std::find_if(vectors.begin(), vectors.end(), [](float value) { return !std::isfinite(value); });
  if (bad != vectors.end()) {
    const int64_t position = bad - vectors.begin();
    return absl::InvalidArgumentError(absl::StrCat("vector ", position / dim, " has ", *bad, " at position ",
                                                   position % dim, ": it has no distance to others"));
  }
  std::vector<float> result(vectors.begin(), vectors.end());
  if (distance == COSINE) BringToLengthOne(dim, &result);
  return result;
}

// Whether a vector that faiss did not return may be nearer than `kth`. `last` is what faiss computed for the last one
// that it returned: an inner product for COSINE, else |a|^2 + |b|^2 - 2 <a, b>. `norms` is |a| + |b| at most.
//
// Each is a sum of dim products of floats, off by at most dim + 2 roundings of 2^-24 norms^2; the bound is twice that
// and more, which covers how `kth` was rounded.
bool MayHaveMissed(float last, const Candidate& kth, Distance distance, int dim, double norms) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (norms * norms >= kLargest) return true;  // faiss's floats may have overflowed.
  const double error = (dim + 16) * std::numeric_limits<float>::epsilon() * norms * norms;
  const double farther = distance == COSINE ? 1.0 - last : last;
  const double found = distance == EUCLIDEAN ? std::pow(kth.distance, 2) : kth.distance;
  return farther - error <= found + std::numeric_limits<float>::min();
}

// The k candidates nearest to the query, fewer where there are fewer; -1 is none.
std::vector<Candidate> Nearest(const float* query, absl::Span<const int64_t> candidates, int64_t k,
                               const faiss::IndexFlat& index, Distance distance) {
  const auto dim = static_cast<int>(index.d);
  std::vector<Candidate> result;
  result.reserve(candidates.size());
  for (const int64_t i : candidates) {
    if (i >= 0) result.push_back({Measure(query, index.get_xb() + i * dim, dim, distance), i});
  }
  const auto end = result.begin() + std::min(k, static_cast<int64_t>(result.size()));
  std::partial_sort(result.begin(), end, result.end());
  result.erase(end, result.end());
  return result;
}

}  // namespace

NearestNeighbors::NearestNeighbors(std::unique_ptr<faiss::IndexFlat> index, Distance distance)
    : index_(std::move(index)), distance_(distance) {
  const auto dim = static_cast<int>(index_->d);
  for (int64_t i = 0; i < size(); ++i) largest_norm_ = std::max(largest_norm_, Norm(index_->get_xb() + i * dim, dim));
}

NearestNeighbors::NearestNeighbors(NearestNeighbors&&) noexcept = default;
NearestNeighbors& NearestNeighbors::operator=(NearestNeighbors&&) noexcept = default;
NearestNeighbors::~NearestNeighbors() = default;

int64_t NearestNeighbors::size() const { return index_->ntotal; }

absl::StatusOr<NearestNeighbors> NearestNeighbors::Create(absl::Span<const float> vectors, int dim, Distance distance) {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<float> prepared, Prepare(vectors, dim, distance));
  auto index =
      std::make_unique<faiss::IndexFlat>(dim, distance == COSINE ? faiss::METRIC_INNER_PRODUCT : faiss::METRIC_L2);
  index->add(static_cast<int64_t>(prepared.size()) / dim, prepared.data());
  return NearestNeighbors(std::move(index), distance);
}

absl::StatusOr<Neighbors> NearestNeighbors::Search(absl::Span<const float> queries, int64_t k,
                                                   absl::FunctionRef<absl::Status()> proceed) const {
  assert(k >= 1);
  const auto dim = static_cast<int>(index_->d);
  SHOAL_ASSIGN_OR_RETURN(const std::vector<float> prepared, Prepare(queries, dim, distance_));
  Neighbors result;
  result.k = std::min(k, size());
  if (result.k == 0) return result;
  for (absl::Span<const float> rest = prepared; !rest.empty();) {
    SHOAL_RETURN_IF_ERROR(proceed());
    const absl::Span<const float> block = rest.subspan(0, kBlockQueries * dim);
    SearchBlock(block, &result);
    rest.remove_prefix(block.size());
  }
  return result;
}

void NearestNeighbors::SearchBlock(absl::Span<const float> queries, Neighbors* result) const {
  const auto dim = static_cast<int>(index_->d);
  const int64_t num_queries = static_cast<int64_t>(queries.size()) / dim;
  const int64_t num_found = std::min(result->k + kSpare, size());
  std::vector<float> found(num_queries * num_found);
  std::vector<int64_t> indices(num_queries * num_found);
  index_->search(num_queries, queries.data(), num_found, found.data(), indices.data());

  std::vector<int64_t> all;
  for (int64_t i = 0; i < num_queries; ++i) {
    const float* const query = queries.data() + i * dim;
    const float last = found[(i + 1) * num_found - 1];
    const double norms = static_cast<double>(Norm(query, dim)) + largest_norm_;
    std::vector<Candidate> nearest =
        Nearest(query, absl::MakeConstSpan(indices).subspan(i * num_found, num_found), result->k, *index_, distance_);
    if (static_cast<int64_t>(nearest.size()) < result->k ||
        (num_found < size() && MayHaveMissed(last, nearest.back(), distance_, dim, norms))) {
      all.resize(size());
      std::iota(all.begin(), all.end(), 0);
      nearest = Nearest(query, all, result->k, *index_, distance_);
    }
    for (const Candidate& neighbor : nearest) {
      result->indices.push_back(neighbor.index);
      result->distances.push_back(neighbor.distance);
    }
  }
}

}  // namespace shoal
