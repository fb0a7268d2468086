// The inner loops of worker/tower/sparse_input.h: where a matrix differs from its background, and products that read
// nothing else.
//
// Bits stand in words of 64: bit i of word w is element 64 w + i of a row or of a column.
//
// Thread safety: free functions on the caller's memory. The same bits on all instruction sets with fused multiply-add.
#ifndef SHOAL_WORKER_TOWER_SPARSE_INPUT_KERNELS_H_
#define SHOAL_WORKER_TOWER_SPARSE_INPUT_KERNELS_H_

#include <cstdint>

#include "worker/tower/matrix_view.h"

namespace shoal {

constexpr int kBitsOfWord = 64;
// Width of the dense factor and of the product, in floats: kBitsOfWord rows of it fit the first-level cache.
constexpr int kChunk = 128;

// Where x differs from `background` (NaN does): word w of row i goes to bits[w * x.rows + i].
void FindInRows(ConstMatrixView x, float background, uint64_t* bits);
// Word w of column i goes to bits[w * x.cols + i].
void FindInColumns(ConstMatrixView x, float background, uint64_t* bits);

// Up to kBitsOfWord columns of a sparse matrix whose element (i, k) is values[i * row_stride + k * col_stride].
struct SparseBlock {
  const float* values;
  int64_t row_stride;
  int64_t col_stride;
  float background;
  int64_t rows;
  const uint64_t* bits;  // By row.
};

// Row i of sums [rows, kChunk] becomes row i of `start` plus the sum over the set bits k, in order, of
// (value (i, k) - background) * row k of `dense` [kBitsOfWord, kChunk]. Rows of `start` are start_stride apart: 0 where
// they are the same. `start` may be `sums`.
void AddSparseProduct(const SparseBlock& block, const float* dense, const float* start, int64_t start_stride,
                      float* sums);

// to[j * to_stride + i] = from[i * from_stride + j], for i < rows and j < cols.
void Transpose(const float* from, int64_t from_stride, int rows, int cols, float* to, int64_t to_stride);

// sums[i] = scale * the sum of row i of x.
void ScaledRowSums(ConstMatrixView x, float scale, float* sums);
// sums[j] = scale * the sum of column begin + j of x, for j < count.
void ScaledColumnSums(ConstMatrixView x, int begin, int count, float scale, float* sums);

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_SPARSE_INPUT_KERNELS_H_
