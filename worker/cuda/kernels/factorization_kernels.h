// What a device does for matrix factorisation: scores, errors, losses and the gradients of scores, of explicit ratings
// (worker/matrix_factorization_kernels.h) and of drawn negatives (worker/losses/implicit_factorization_kernels.h). Row
// gradients are RowKernels::SumTerms of those.
//
// Pointers are to the device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FACTORIZATION_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_FACTORIZATION_KERNELS_H_

#include <cstdint>

#include "worker/cuda/kernels/indexed_rows.h"

namespace shoal {

// MatrixFactorizationBatch on a device.
struct RatingBatch {
  static constexpr int kMaxBiases = 3;

  int64_t num_examples = 0;
  int dim = 0;
  IndexedRows users;  // Index by example,
  IndexedRows items;
  IndexedRows biases[kMaxBiases];  // the same here.
  int num_biases = 0;
  const float* targets = nullptr;
  bool has_range = false;
  float low = 0;
  float width = 0;
  float gradient_scale = 0;
};

// Of one example. Differences of the prediction and the target, and d loss / d score.
struct RatingErrors {
  float* errors = nullptr;
  float* gradients = nullptr;  // Null: not wanted.
};

// ImplicitFactorizationBatch on a device. An example has 1 + num_negatives items, the positive first.
struct RankingBatch {
  bool bpr = true;  // Else the logistic loss.
  int64_t num_examples = 0;
  int num_negatives = 1;
  int dim = 0;
  IndexedRows users;   // Index by example.
  IndexedRows items;   // Index by example and item, [num_examples, 1 + num_negatives].
  IndexedRows biases;  // The same.
  float gradient_scale = 0;
};

class FactorizationKernels {
 public:
  virtual ~FactorizationKernels() = default;

  virtual void RateExamples(const RatingBatch& batch, const RatingErrors& errors) = 0;
  // sums[2 k], sums[2 k + 1]: of the squares and of the absolute values of the k-th kExamplesPerSum values
  // (block_sums.h).
  virtual void SumErrors(const float* errors, int64_t count, double* sums) = 0;

  // items[e, 0] = positives[e], items[e, 1 + k] = negatives[e, k]; users_by_item[e, k] = users[e], for 1 +
  // num_negatives k's.
  virtual void ListItems(const uint32_t* users, const uint32_t* positives, const uint32_t* negatives,
                         int64_t num_examples, int num_negatives, uint32_t* users_by_item, uint32_t* items) = 0;
  // scores[e, item], as batch.items.index.
  virtual void ScoreItems(const RankingBatch& batch, double* scores) = 0;
  // losses[e] and ordered[e]: the example's sum of terms, a multiple of 2^-32, and its pairs in the right order. With
  // `gradients`, [examples, items]: d mean loss / d score.
  virtual void RankExamples(const RankingBatch& batch, const double* scores, double* losses, double* ordered,
                            float* gradients) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FACTORIZATION_KERNELS_H_
