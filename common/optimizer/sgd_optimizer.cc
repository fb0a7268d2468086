#include "common/optimizer/sgd_optimizer.h"

#include <algorithm>
#include <vector>

#include "common/optimizer/packed_elements.h"

namespace shoal {
namespace {

constexpr int kMomentumBuffer = 0;
constexpr int kMomentumStarted = 1;

bool HasMomentum(const TableConfig& table, const Schedule& schedule) {
  return table.optimizer().sgd().momentum() != 0 || TableSchedule(table, schedule).cycles_momentum();
}

// With dense gradients all buffers start at step 1; without dampening a buffer that starts from zero needs no mark.
bool MarksFirstTouch(const TableConfig& table, const Schedule& schedule) {
  return table.row_semantics() == LAZY && HasMomentum(table, schedule) && table.optimizer().sgd().dampening() != 0;
}

RowLayout MakeLayout(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows) {
  const bool has_momentum = HasMomentum(table, schedule);
  std::vector<StateField> fields;
  if (has_momentum) fields.push_back({"momentum_buffer", table.embedding_dim()});
  if (MarksFirstTouch(table, schedule)) fields.push_back({"momentum_started", 1});
  const bool idle_rows_move =
      IdleRowsMove(table, updated_rows) && (has_momentum || table.optimizer().sgd().weight_decay() != 0);
  return RowLayout(table.embedding_dim(), fields, idle_rows_move);
}

SgdMomentumStep<float> Rounded(const SgdMomentumStep<double>& step) {
  return {.learning_rate = static_cast<float>(step.learning_rate),
          .weight_decay = static_cast<float>(step.weight_decay),
          .momentum = static_cast<float>(step.momentum),
          .gradient_share = static_cast<float>(step.gradient_share),
          .buffer_share_of_move = static_cast<float>(step.buffer_share_of_move),
          .gradient_share_of_move = static_cast<float>(step.gradient_share_of_move)};
}

SgdIdleMap IdleMap(const SgdMomentumStep<double>& step) {
  const double buffer_from_weight = step.gradient_share * step.weight_decay;
  const double move_from_weight =
      step.buffer_share_of_move * buffer_from_weight + step.gradient_share_of_move * step.weight_decay;
  const double move_from_buffer = step.buffer_share_of_move * step.momentum;
  return {.weight_from_weight = 1 - step.learning_rate * move_from_weight,
          .weight_from_buffer = -step.learning_rate * move_from_buffer,
          .buffer_from_weight = buffer_from_weight,
          .buffer_from_buffer = step.momentum};
}

}  // namespace

SgdOptimizer::SgdOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows)
    : RowOptimizer(MakeLayout(table, schedule, updated_rows)),
      config_(table.optimizer().sgd()),
      schedule_(table, schedule),
      dense_equivalent_(table.row_semantics() == DENSE_EQUIVALENT),
      has_momentum_(HasMomentum(table, schedule)),
      marks_first_touch_(MarksFirstTouch(table, schedule)) {}

void SgdOptimizer::InitializeState(float* row) const {
  std::fill(row + layout().segment(), row + layout().row_floats(), 0.0f);
}

SgdMomentumStep<double> SgdOptimizer::StepAt(int64_t step) const {
  const StepHyperparameters now = schedule_.At(step);
  SgdMomentumStep<double> result = {.learning_rate = now.learning_rate,
                                    .weight_decay = config_.weight_decay(),
                                    .momentum = 0,
                                    .gradient_share = 1,
                                    .buffer_share_of_move = 1,
                                    .gradient_share_of_move = 0};
  if (!has_momentum_) return result;
  result.momentum = now.momentum.value_or(config_.momentum());
  if (!dense_equivalent_ || step > 1) result.gradient_share = 1 - config_.dampening();
  if (config_.nesterov()) {
    result.buffer_share_of_move = result.momentum;
    result.gradient_share_of_move = 1;
  }
  return result;
}

void SgdOptimizer::BeginStep(int64_t step) {
  step_number_ = step;
  step_ = Rounded(StepAt(step));
  if (moves_idle_rows()) {
    idle_maps_.ExtendTo(step, [this](int64_t number) { return IdleMap(StepAt(number)); });
  }
}

void SgdOptimizer::Update(const float* gradient, float* row) const {
  const int n = layout().segment();
  if (has_momentum_) {
    SgdMomentumStep<float> step = step_;
    if (marks_first_touch_) {
      float& started = row[layout().field_offset(kMomentumStarted)];
      if (started == 0) step.gradient_share = 1;
      started = 1;
    }
    ApplySgdMomentum(step, gradient, n, row, row + layout().field_offset(kMomentumBuffer));
  } else {
    ApplySgd(step_.learning_rate, step_.weight_decay, gradient, n, row);
  }
  if (moves_idle_rows()) layout().set_last_step(row, static_cast<uint32_t>(step_number_));
}

void SgdOptimizer::UpdateRows(const float* gradients, absl::Span<float* const> rows) const {
  if (layout().dim() > 1 || has_momentum_ || moves_idle_rows()) {
    RowOptimizer::UpdateRows(gradients, rows);
    return;
  }
  PackedElements<1> weights({0}, rows);
  ApplySgd(step_.learning_rate, step_.weight_decay, gradients, static_cast<int>(rows.size()), weights.field(0));
  weights.Store(rows);
}

void SgdOptimizer::CatchUp(int64_t to, float* row) const {
  if (!moves_idle_rows()) return;
  const int64_t from = layout().last_step(row);
  if (from == to) return;
  const absl::Span<const SgdIdleMap> steps = idle_maps_.Between(from, to);
  const SgdIdleMap map = Composed(steps.data(), static_cast<int64_t>(steps.size()));
  if (has_momentum_) {
    ApplyRowMap(Rounded(map), layout().segment(), row, row + layout().field_offset(kMomentumBuffer));
  } else {
    ApplySplitFactor(Split(map.weight_from_weight), layout().segment(), row);
  }
  layout().set_last_step(row, static_cast<uint32_t>(to));
}

RowUpdate SgdOptimizer::update() const {
  RowUpdate update;
  update.rule = has_momentum_ ? RowUpdate::Rule::kSgdMomentum : RowUpdate::Rule::kSgd;
  update.step = static_cast<uint32_t>(step_number_);
  update.sgd = step_;
  update.marks_first_touch = marks_first_touch_;
  update.sgd_idle_maps = idle_maps_.data();
  return update;
}

}  // namespace shoal
