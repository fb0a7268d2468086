// Where the parts of a row lie in memory: weights, optimizer state, and the step up to which the row is current.
//
//   float offset:  0          segment        2 * segment   ...            last_step
//                  | weights  | state field 0 | state field 1 | ...       | uint32 |
//
// Weights and state are adjacent, so an update touches one run of cache lines. A row starts on a 64-byte boundary and
// its size is a multiple of 64 bytes. A field as wide as the row begins at a multiple of 16 floats where dim >= 16, and
// the floats between dim and the segment's end are zero before and after every operation: kernels may run over whole
// segments. Narrower rows (biases) are packed without padding between fields.
//
// Immutable.
#ifndef SHOAL_COMMON_OPTIMIZER_ROW_LAYOUT_H_
#define SHOAL_COMMON_OPTIMIZER_ROW_LAYOUT_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace shoal {

// One part of an optimizer's state in a row.
struct StateField {
  std::string name;  // torch.optim's name for it: "exp_avg", "sum", ...
  int width;         // Floats a row: embedding_dim, or 1.
};

// Floats that a row of `dim` floats takes in a block of rows in memory: dim rounded up to a multiple of 16 where
// dim >= 16, else dim.
constexpr int SegmentFloats(int dim) { return dim < 16 ? dim : (dim + 15) / 16 * 16; }

class RowLayout {
 public:
  // REQUIRES: dim >= 1; every field's width is dim or 1.
  RowLayout(int dim, std::vector<StateField> fields, bool has_last_step);

  int dim() const { return dim_; }
  // Floats that a kernel may run over from the start of the weights or of a field of width dim.
  int segment() const { return SegmentFloats(dim_); }
  const std::vector<StateField>& fields() const { return fields_; }
  // Float offset of state field `field` from the row's start.
  int field_offset(int field) const { return field_offsets_[field]; }
  bool has_last_step() const { return last_step_offset_ >= 0; }
  // Float offset of the uint32 that counts the steps which the row has seen. REQUIRES: has_last_step().
  int last_step_offset() const { return last_step_offset_; }
  // The last step of a row. REQUIRES: has_last_step().
  uint32_t last_step(const float* row) const {
    uint32_t step;
    std::memcpy(&step, row + last_step_offset_, sizeof(step));
    return step;
  }
  void set_last_step(float* row, uint32_t step) const { std::memcpy(row + last_step_offset_, &step, sizeof(step)); }
  // Floats from one row to the next: a multiple of 16.
  int row_floats() const { return row_floats_; }

 private:
  int dim_;
  std::vector<StateField> fields_;
  std::vector<int> field_offsets_;
  int last_step_offset_ = -1;
  int row_floats_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ROW_LAYOUT_H_
