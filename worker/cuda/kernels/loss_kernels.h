// What a device does for losses that tell classes apart (worker/losses), and sums of any loss. Formulas are those of
// worker/losses, the CPU's losses the oracle.
//
// Pointers and views are to the device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LOSS_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_LOSS_KERNELS_H_

#include <cstdint>

#include "worker/cuda/kernels/indexed_rows.h"
#include "worker/losses/class_distribution.h"
#include "worker/losses/cross_entropy_formula.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

// SoftmaxCrossEntropyLoss on a device.
struct CrossEntropyBatch {
  ConstMatrixView logits;           // [n, classes]
  const int64_t* labels = nullptr;  // [n], each a class.
  const float* weights = nullptr;   // [classes]
  CrossEntropyFormula formula;
  double scale = 0;  // Of gradients.
};

struct CrossEntropyResults {
  double* losses = nullptr;      // [n], multiples of 2^-32.
  int64_t* predicted = nullptr;  // [n]: the first class with the highest logit, -1 where the loss is NaN.
  float* gradients = nullptr;    // [n, classes]; null: not wanted.
};

// EvaluateSampledSoftmax on a device.
struct SampledSoftmaxTerms {
  ConstMatrixView inputs;           // [n, dim]
  const int64_t* labels = nullptr;  // [n], each a class of the distribution.
  IndexedRows label_rows;           // Index by example, as the next one, which may be without rows.
  IndexedRows label_biases;
  // By place in the sample: classes, log expected counts, biases (null: none).
  int num_sampled = 0;
  const int64_t* sampled = nullptr;
  const double* corrections = nullptr;
  const float* biases = nullptr;
  ClassDistribution distribution;
  int64_t draws = 0;
  bool remove_accidental_hits = true;
  double scale = 0;  // Of gradients.
};

struct SampledSoftmaxResults {
  double* losses = nullptr;        // [n], multiples of 2^-32.
  float* label_factors = nullptr;  // [n]: d mean loss / d logit of the label; null: no gradient is wanted.
};

class LossKernels {
 public:
  virtual ~LossKernels() = default;

  virtual void CrossEntropy(const CrossEntropyBatch& batch, const CrossEntropyResults& results) = 0;

  // `scores`, [n, num_sampled]: products of inputs and sampled rows before; then d mean loss / d logit, if gradients
  // are wanted.
  virtual void SampledSoftmax(const SampledSoftmaxTerms& terms, float* scores,
                              const SampledSoftmaxResults& results) = 0;
  // gradients[e] += label_factors[e] * the row of e's label.
  virtual void AddLabelRows(const SampledSoftmaxTerms& terms, const float* label_factors, float* gradients) = 0;

  // sums[k] = the sum of the k-th kExamplesPerSum values (block_sums.h).
  virtual void SumDoubles(const double* values, int64_t count, double* sums) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LOSS_KERNELS_H_
