// The elements of several rows of dim 1 (biases), field by field, so that a kernel updates all rows with one vector
// operation instead of one row's single element at a time.
//
//   PackedElements<2> elements({0, layout().field_offset(kSum)}, rows);
//   Kernel(gradients, rows.size(), elements.field(0), elements.field(1));
//   elements.Store(rows);
//
// Thread safety: that of a plain array.
#ifndef SHOAL_COMMON_OPTIMIZER_PACKED_ELEMENTS_H_
#define SHOAL_COMMON_OPTIMIZER_PACKED_ELEMENTS_H_

#include <array>
#include <cstddef>

#include "absl/types/span.h"
#include "common/optimizer/row_optimizer.h"

namespace shoal {

template <size_t kFields>
class PackedElements {
 public:
  // Reads the floats at `offsets` of each row. REQUIRES: at most RowOptimizer::kMaxRows rows.
  PackedElements(const std::array<int, kFields>& offsets, absl::Span<float* const> rows) : offsets_(offsets) {
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t f = 0; f < kFields; ++f) fields_[f][i] = rows[i][offsets_[f]];
    }
  }

  // One float a row.
  float* field(size_t f) { return fields_[f].data(); }

  // Writes the floats back.
  void Store(absl::Span<float* const> rows) const {
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t f = 0; f < kFields; ++f) rows[i][offsets_[f]] = fields_[f][i];
    }
  }

 private:
  const std::array<int, kFields> offsets_;
  alignas(64) std::array<std::array<float, RowOptimizer::kMaxRows>, kFields> fields_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_PACKED_ELEMENTS_H_
