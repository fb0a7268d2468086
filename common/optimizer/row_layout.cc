#include "common/optimizer/row_layout.h"

#include <cassert>
#include <utility>

namespace shoal {
namespace {

int RoundUpTo16(int floats) { return (floats + 15) / 16 * 16; }

}  // namespace

RowLayout::RowLayout(int dim, std::vector<StateField> fields, bool has_last_step)
    : dim_(dim), fields_(std::move(fields)) {
  int end = segment();
  field_offsets_.reserve(fields_.size());
  for (const StateField& field : fields_) {
    assert(field.width == dim || field.width == 1);
    const bool is_segment = field.width == dim;
    if (is_segment && dim >= 16) end = RoundUpTo16(end);
    field_offsets_.push_back(end);
    end += is_segment ? segment() : 1;
  }
  if (has_last_step) last_step_offset_ = end++;
  row_floats_ = RoundUpTo16(end);
}

}  // namespace shoal
