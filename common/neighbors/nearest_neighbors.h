// Exact search for nearest neighbours among vectors in memory.
//
// faiss (IndexFlat) finds candidates; their distances are then computed anew, in double and in a fixed order. Where
// faiss's rounding could have hidden a nearer vector, all vectors are compared instead. So the result depends neither
// on the CPU and the number of threads nor on what else is asked, which faiss does not promise, and of equally
// distant vectors the one of the lower index comes first.
//
// Thread safety: const methods may run concurrently. Threads of Search are OpenMP's (OMP_NUM_THREADS).
#ifndef SHOAL_COMMON_NEIGHBORS_NEAREST_NEIGHBORS_H_
#define SHOAL_COMMON_NEIGHBORS_NEAREST_NEIGHBORS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"

namespace faiss {
struct IndexFlat;
}

namespace shoal {

struct Neighbors {
  // Neighbours of each query: the k asked for, or as many as there are vectors.
  int64_t k = 0;
  // [queries, k], nearest first.
  std::vector<int64_t> indices;
  std::vector<float> distances;
};

class NearestNeighbors {
 public:
  // Copies vectors, [n, dim]; n may be 0. Distances of vectors a and b are
  //   EUCLIDEAN: |a - b|, without the eps of the losses,
  //   SQUARED_EUCLIDEAN: |a - b|^2,
  //   COSINE: 1 - cos(a, b), where cos is a float; 1 where either has length 0.
  // InvalidArgument: a value is not finite. REQUIRES: dim >= 1 and divides the number of floats.
  static absl::StatusOr<NearestNeighbors> Create(absl::Span<const float> vectors, int dim, Distance distance);

  NearestNeighbors(NearestNeighbors&&) noexcept;
  NearestNeighbors& operator=(NearestNeighbors&&) noexcept;
  ~NearestNeighbors();

  // The k vectors nearest to each of the queries, [queries, dim]. A query that is one of the vectors finds itself.
  // `proceed` is asked before each of a few hundred queries; an error ends the search and is returned.
  // InvalidArgument: a value is not finite. REQUIRES: k >= 1, dim divides the number of floats.
  absl::StatusOr<Neighbors> Search(
      absl::Span<const float> queries, int64_t k,
      absl::FunctionRef<absl::Status()> proceed = [] { return absl::OkStatus(); }) const;

  int64_t size() const;

 private:
  NearestNeighbors(std::unique_ptr<faiss::IndexFlat> index, Distance distance);

  // Appends the neighbours of a few queries, at length 1 for COSINE, to `result`.
  void SearchBlock(absl::Span<const float> queries, Neighbors* result) const;

  std::unique_ptr<faiss::IndexFlat> index_;  // For COSINE, of the vectors at length 1; zeros stay zeros.
  Distance distance_;
  float largest_norm_ = 0;  // Of the vectors in index_.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_NEIGHBORS_NEAREST_NEIGHBORS_H_
