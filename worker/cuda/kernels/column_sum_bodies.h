// Sums over the examples of a batch, by feature: blocks of examples in order, then the blocks in order.
#ifndef SHOAL_WORKER_CUDA_KERNELS_COLUMN_SUM_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_COLUMN_SUM_BODIES_H_

#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/layer_kernels.h"
#include "worker/cuda/kernels/load_ahead.h"

namespace shoal {

// What an element of a batch adds to its column: sum = term(row * cols + column, row, sum).
struct ElementTerm {
  const float* x;
  SHOAL_HOST_DEVICE float operator()(int64_t at, int64_t, float sum) const { return sum + x[at]; }
};

struct PreluTerm {
  const float* x;
  const float* output_gradient;
  SHOAL_HOST_DEVICE float operator()(int64_t at, int64_t, float sum) const {
    return scalar::MulAdd(x[at] > 0 ? 0.0F : x[at], output_gradient[at], sum);
  }
};

struct NormTerm {
  const float* x;
  const float* output_gradient;
  NormMoments moments;
  SHOAL_HOST_DEVICE float operator()(int64_t at, int64_t row, float sum) const {
    return scalar::MulAdd(output_gradient[at], (x[at] - moments.means[row]) * moments.scales[row], sum);
  }
};

SHOAL_HOST_DEVICE constexpr int64_t NumColumnBlocks(int64_t cols) { return (cols + Lanes::kCount - 1) / Lanes::kCount; }

// Calls body(column) for the columns of block `block`, one a lane.
template <class Body>
SHOAL_HOST_DEVICE void ForEachColumn(const Lanes& lanes, int64_t block, int64_t cols, const Body& body) {
  const int64_t first = block * Lanes::kCount;
  const int64_t count = cols - first < Lanes::kCount ? cols - first : Lanes::kCount;
  lanes.ForEach(count, [&](int64_t i) { body(first + i); });
}

// Item: a block of examples times a block of columns, the columns' changing first.
template <class Term>
struct SumColumnBlocksBody {
  Term term;
  int64_t rows;
  int64_t cols;
  float* sums;  // [blocks of examples, cols].

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t item) const {
    const int64_t chunk = item / NumColumnBlocks(cols);
    const int64_t begin = chunk * LayerKernels::kExamplesPerColumnSum;
    const int64_t end =
        rows - begin < LayerKernels::kExamplesPerColumnSum ? rows : begin + LayerKernels::kExamplesPerColumnSum;
    ForEachColumn(lanes, item % NumColumnBlocks(cols), cols, [&](int64_t column) {
      float sum = 0;
      for (int64_t row = begin; row < end; ++row) sum = term(row * cols + column, row, sum);
      sums[chunk * cols + column] = sum;
    });
  }
};

// Item: a block of columns. There are few, so that each has to keep many loads on their way.
struct AddColumnBlocksBody {
  static constexpr int kChunks = 16;

  const float* partial;
  int64_t num_chunks;
  int64_t cols;
  float* sums;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t block) const {
    ForEachColumn(lanes, block, cols, [&](int64_t column) {
      float sum = 0;
      ForEachLoaded<kChunks>(
          0, num_chunks, [&](int64_t chunk) { return partial[chunk * cols + column]; },
          [&](float loaded) { sum += loaded; });
      sums[column] = sum;
    });
  }
};

// One item: the sum of all columns' sums.
struct AddColumnsBody {
  const float* columns;
  int64_t cols;
  float* sum;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t) const {
    const auto total = lanes.Sum<double>(cols, [&](int64_t i, double partial) { return partial + columns[i]; });
    lanes.Once([&] { *sum = static_cast<float>(total); });
  }
};

// sums[j] = the sum over the rows of term's elements. `scratch` has LayerKernels::NumColumnSums(rows) rows.
template <class Launcher, class Term>
void SumColumns(const Launcher& launcher, const Term& term, int64_t rows, int64_t cols, float* scratch, float* sums) {
  const int64_t num_chunks = LayerKernels::NumColumnSums(rows);
  launcher.ForEachItem(num_chunks * NumColumnBlocks(cols), SumColumnBlocksBody<Term>{term, rows, cols, scratch});
  launcher.ForEachItem(NumColumnBlocks(cols), AddColumnBlocksBody{scratch, num_chunks, cols, sums});
}

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_COLUMN_SUM_BODIES_H_
