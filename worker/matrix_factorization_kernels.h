// The arithmetic of matrix factorisation over a batch: scores, errors and row gradients, with SIMD chosen at run time.
//
// Every sum has a fixed order: a dot product adds 16 interleaved partial sums up in a fixed tree, whatever the width of
// the machine's vectors; gradients and errors are added in the order of the examples. All products that are added are
// fused on machines that fuse, so those with AVX2 and with AVX-512 give the same bits.
//
// Thread safety: free functions; calls that share gradient blocks exclude each other.
#ifndef SHOAL_WORKER_MATRIX_FACTORIZATION_KERNELS_H_
#define SHOAL_WORKER_MATRIX_FACTORIZATION_KERNELS_H_

#include <cstdint>
#include <functional>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "worker/model.h"

namespace shoal {

// prediction = <user row, item row> + the biases, through a sigmoid onto the output range where there is one.
struct MatrixFactorizationBatch {
  struct OutputRange {
    float low;
    float high;
  };

  int64_t num_examples = 0;
  int dim = 0;
  LookupRows user;  // [distinct rows, SegmentFloats(dim)], with index.
  LookupRows item;
  // Tables of one float a row, without index for the global bias.
  absl::Span<const LookupRows> biases;
  const float* targets = nullptr;  // By example.
  absl::optional<OutputRange> output_range;
  // d loss / d prediction = gradient_scale * (prediction - target): 2 / (size of the global batch) for a mean square.
  float gradient_scale = 0;
  // By example: where prediction - target is written. Null: nowhere.
  float* errors = nullptr;
  std::function<void()> host_work;  // As ModelBatch's.
};

// Sums over a batch's examples of functions of prediction - target.
struct ErrorSums {
  double squared = 0;
  double absolute = 0;
};

// Gradient blocks are not touched.
ErrorSums MatrixFactorizationForward(const MatrixFactorizationBatch& batch);

// Writes the predictions, by example. Targets are not read.
void MatrixFactorizationPredict(const MatrixFactorizationBatch& batch, float* predictions);

// Adds the gradients to the blocks that are there.
ErrorSums MatrixFactorizationForwardBackward(const MatrixFactorizationBatch& batch);

}  // namespace shoal

#endif  // SHOAL_WORKER_MATRIX_FACTORIZATION_KERNELS_H_
