// What a device does for the features of a network (worker/features): columns of the tower's input from rows, bags,
// numbers and pixels. The CPU features are their oracles. Row gradients are RowKernels::SumTerms.
//
// Outputs are columns of a matrix whose rows are `stride` floats apart, one row an example. Pointers are to the
// device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FEATURE_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_FEATURE_KERNELS_H_

#include <cstdint>

#include "worker/cuda/kernels/factorization_kernels.h"

namespace shoal {

struct FeatureColumns {
  float* data = nullptr;
  int64_t stride = 0;
};

// Bags of rows: example i has the places offsets[i] up to offsets[i + 1] of rows.index.
struct BagBatch {
  IndexedRows rows;
  const int64_t* offsets = nullptr;
  const float* weights = nullptr;  // By place; null: none.
  int64_t num_examples = 0;
  int dim = 0;
  bool mean = false;  // Else the sum.
};

class FeatureKernels {
 public:
  virtual ~FeatureKernels() = default;

  // The rows of the places i * num_ids up to (i + 1) * num_ids, one behind the other.
  virtual void GatherRows(const IndexedRows& rows, int64_t num_examples, int num_ids, int dim,
                          const FeatureColumns& out) = 0;
  virtual void SumBags(const BagBatch& bags, const FeatureColumns& out) = 0;
  // winners[i, e]: the first place that has the largest element e of bag i; of an empty bag nothing.
  virtual void MaxBags(const BagBatch& bags, const FeatureColumns& out, uint32_t* winners) = 0;
  // What SumTerms needs of the bags' gradients: of each place, its bag and what it is multiplied by.
  virtual void ListBagPlaces(const BagBatch& bags, uint32_t* bag_of_place, float* factors) = 0;
  virtual void CopyNumbers(const float* numbers, int64_t num_examples, const FeatureColumns& out) = 0;
  // pixels[i, p] * scale + shift.
  virtual void ConvertPixels(const uint8_t* pixels, int64_t num_examples, int width, float scale, float shift,
                             const FeatureColumns& out) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FEATURE_KERNELS_H_
