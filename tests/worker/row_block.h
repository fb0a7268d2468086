// A block of rows and their gradients, for tests and benchmarks of what reads them.
#ifndef SHOAL_TESTS_WORKER_ROW_BLOCK_H_
#define SHOAL_TESTS_WORKER_ROW_BLOCK_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "hwy/aligned_allocator.h"
#include "worker/model.h"

namespace shoal {

// Rows as the model reads them, with their gradients: [size, SegmentFloats(dim)], 64-byte aligned, zero where padded.
class RowBlock {
 public:
  RowBlock(int64_t size, int dim)
      : dim_(dim),
        floats_(static_cast<size_t>(size) * SegmentFloats(dim)),
        rows_(hwy::AllocateAligned<float>(floats_)),
        gradients_(hwy::AllocateAligned<float>(floats_)) {
    std::fill_n(rows_.get(), floats_, 0.0F);
    ClearGradients();
  }

  float* row(int64_t index) { return rows_.get() + index * SegmentFloats(dim_); }
  float* gradient(int64_t index) { return gradients_.get() + index * SegmentFloats(dim_); }
  int64_t size() const { return static_cast<int64_t>(floats_) / SegmentFloats(dim_); }
  void ClearGradients() { std::fill_n(gradients_.get(), floats_, 0.0F); }
  std::vector<float> gradients() const { return {gradients_.get(), gradients_.get() + floats_}; }

  LookupRows Lookup(const uint32_t* index, const int64_t* offsets = nullptr, const float* weights = nullptr) {
    LookupRows lookup = {rows_.get(), gradients_.get(), index, offsets, weights};
    lookup.num_rows = size();
    return lookup;
  }

 private:
  int dim_;
  size_t floats_;
  hwy::AlignedFreeUniquePtr<float[]> rows_;
  hwy::AlignedFreeUniquePtr<float[]> gradients_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_ROW_BLOCK_H_
