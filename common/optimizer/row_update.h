// The begun step of a RowOptimizer as plain data: what one that runs elsewhere, on a GPU, needs to do the same to rows
// that lie there.
#ifndef SHOAL_COMMON_OPTIMIZER_ROW_UPDATE_H_
#define SHOAL_COMMON_OPTIMIZER_ROW_UPDATE_H_

#include <cstdint>

#include "common/optimizer/adam_idle_history.h"
#include "common/optimizer/row_layout.h"
#include "common/optimizer/row_steps.h"
#include "common/optimizer/sgd_idle_map.h"

namespace shoal {

// A RowLayout without its names.
struct RowShape {
  int dim = 0;
  int segment = 0;
  int row_floats = 0;
  int field_offsets[2] = {};  // No optimizer has more.
  int last_step_offset = -1;  // -1: idle rows do not move.

  static RowShape Of(const RowLayout& layout) {
    RowShape shape;
    shape.dim = layout.dim();
    shape.segment = layout.segment();
    shape.row_floats = layout.row_floats();
    for (size_t i = 0; i < layout.fields().size(); ++i)
      shape.field_offsets[i] = layout.field_offset(static_cast<int>(i));
    if (layout.has_last_step()) shape.last_step_offset = layout.last_step_offset();
    return shape;
  }
};

struct RowUpdate {
  enum class Rule { kSgd, kSgdMomentum, kAdagrad, kRowwiseAdagrad, kAdam };

  Rule rule = Rule::kSgd;
  uint32_t step = 0;
  SgdMomentumStep<float> sgd = {};       // kSgd reads the learning rate and the weight decay.
  bool marks_first_touch = false;        // kSgdMomentum: the second field says whether a row has been touched.
  AdagradConstants<float> adagrad = {};  // Both kinds of Adagrad.
  float learning_rate = 0;               // The same.
  AdamStep<float> adam = {};

  // Of the steps since the first, where idle rows move: in memory of whoever runs the update. SGD has maps, Adagrad
  // learning rates; Adam replays steps where adam_steps is set and takes them in spans otherwise.
  const SgdIdleMap* sgd_idle_maps = nullptr;
  const float* learning_rates = nullptr;
  const AdamStep<float>* adam_steps = nullptr;
  AdamIdleHistory adam_idle = {};
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ROW_UPDATE_H_
