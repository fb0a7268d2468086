// A matrix in someone else's memory: row-major [examples, features], rows adjacent, `data` on a 64-byte boundary.
//
// Plain values; a view is valid as long as the memory it points to.
#ifndef SHOAL_WORKER_TOWER_MATRIX_VIEW_H_
#define SHOAL_WORKER_TOWER_MATRIX_VIEW_H_

#include <cstddef>
#include <cstdint>

namespace shoal {

struct ConstMatrixView {
  const float* data = nullptr;
  int64_t rows = 0;
  int cols = 0;

  const float* row(int64_t index) const { return data + index * cols; }
  size_t size() const { return static_cast<size_t>(rows) * cols; }
};

struct MatrixView {
  float* data = nullptr;
  int64_t rows = 0;
  int cols = 0;

  float* row(int64_t index) const { return data + index * cols; }
  size_t size() const { return static_cast<size_t>(rows) * cols; }
  // NOLINTNEXTLINE(google-explicit-constructor): what may be written may be read.
  operator ConstMatrixView() const { return {data, rows, cols}; }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_MATRIX_VIEW_H_
