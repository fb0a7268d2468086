#include "worker/tower/gemm.h"

#include <algorithm>
#include <cassert>

#include "cblas.h"

namespace shoal {
namespace {

void SetOneThread() {
  static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

CBLAS_TRANSPOSE TransposeOf(const GemmFactor& factor) { return factor.transposed ? CblasTrans : CblasNoTrans; }

// Leading dimensions may not be 0, not even of an empty matrix.
int LeadingDimension(ConstMatrixView matrix) { return std::max(matrix.cols, 1); }

void Run(const GemmFactor& a, const GemmFactor& b, float beta, MatrixView c) {
  assert(a.rows() == c.rows && b.cols() == c.cols && a.cols() == b.rows());
  SetOneThread();
  cblas_sgemm(CblasRowMajor, TransposeOf(a), TransposeOf(b), static_cast<int>(c.rows), c.cols,
              static_cast<int>(a.cols()), 1.0F, a.matrix.data, LeadingDimension(a.matrix), b.matrix.data,
              LeadingDimension(b.matrix), beta, c.data, LeadingDimension(c));
}

}  // namespace

void Multiply(const GemmFactor& a, const GemmFactor& b, MatrixView c) { Run(a, b, 0.0F, c); }

void MultiplyAdd(const GemmFactor& a, const GemmFactor& b, MatrixView c) { Run(a, b, 1.0F, c); }

}  // namespace shoal
