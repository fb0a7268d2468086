// A linear layer's input most of whose elements are one number, its background: four fifths of MNIST's pixels are
// black. Products with it skip the background: with x the input, c the background and 1 a matrix of ones,
//   x w^T = (x - c 1) w^T + c 1 w^T,
// where x - c 1 is sparse and 1 w^T are the row sums of w. The same bits on all instruction sets with fused
// multiply-add; sums run over the columns of x, or over its rows, in order.
//
// Buffers are kept from batch to batch. Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_SPARSE_INPUT_H_
#define SHOAL_WORKER_TOWER_SPARSE_INPUT_H_

#include <cstdint>
#include <vector>

#include "common/base/aligned_floats.h"
#include "worker/tower/matrix_view.h"
#include "worker/tower/sparse_input_kernels.h"

namespace shoal {

class SparseInput {
 public:
  // Takes up x. Returns whether the products below are faster than worker/tower/gemm.h's for `outputs` rows of w; if
  // not, they must not be called. They read x, which must stay as it is.
  bool Take(ConstMatrixView x, float background, int outputs);

  // y = x w^T, with w [outputs, x.cols].
  void MultiplyTransposed(ConstMatrixView w, MatrixView y);

  // product = g^T x, with g [x.rows, outputs].
  void MultiplyFromLeft(ConstMatrixView g, MatrixView product);

 private:
  // Makes room for products of `rows` rows. Returns the first sums.
  float* PrepareChunk(int64_t rows);
  // `sums_`, or the first sums, and the product of the block and `dense_`.
  void AddToSums(const SparseBlock& block, bool is_first);

  ConstMatrixView x_;
  float background_ = 0;
  std::vector<uint64_t> found_in_rows_;  // Where x is not background.
  std::vector<uint64_t> found_in_columns_;
  AlignedFloats dense_;  // [kBitsOfWord, kChunk]: a block of w or g.
  AlignedFloats first_;  // [kChunk]: what each row of the product begins with.
  AlignedFloats sums_;   // [rows, kChunk] of the product.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_SPARSE_INPUT_H_
