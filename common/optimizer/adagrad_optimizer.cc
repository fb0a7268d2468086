#include "common/optimizer/adagrad_optimizer.h"

#include <algorithm>

namespace shoal {
namespace {

constexpr int kSum = 0;

RowLayout MakeLayout(const TableConfig& table, UpdatedRows updated_rows) {
  const bool idle_rows_move = IdleRowsMove(table, updated_rows) && table.optimizer().adagrad().weight_decay() != 0;
  return RowLayout(table.embedding_dim(), {{"sum", table.embedding_dim()}}, idle_rows_move);
}

}  // namespace

AdagradOptimizer::AdagradOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows)
    : RowOptimizer(MakeLayout(table, updated_rows)),
      config_(table.optimizer().adagrad()),
      schedule_(table, schedule),
      constants_{.weight_decay = static_cast<float>(config_.weight_decay()), .eps = static_cast<float>(config_.eps())} {
}

void AdagradOptimizer::InitializeState(float* row) const {
  std::fill(row + layout().segment(), row + layout().row_floats(), 0.0f);
  std::fill_n(row + layout().field_offset(kSum), layout().dim(),
              static_cast<float>(config_.initial_accumulator_value()));
}

float AdagradOptimizer::LearningRateAt(int64_t step) const {
  return static_cast<float>(schedule_.At(step).learning_rate /
                            (1 + static_cast<double>(step - 1) * config_.lr_decay()));
}

void AdagradOptimizer::BeginStep(int64_t step) {
  step_number_ = step;
  learning_rate_ = LearningRateAt(step);
  if (moves_idle_rows()) {
    learning_rates_.ExtendTo(step, [this](int64_t number) { return LearningRateAt(number); });
  }
}

void AdagradOptimizer::Update(const float* gradient, float* row) const {
  ApplyAdagrad(constants_, learning_rate_, gradient, layout().segment(), row, row + layout().field_offset(kSum));
  if (moves_idle_rows()) layout().set_last_step(row, static_cast<uint32_t>(step_number_));
}

void AdagradOptimizer::CatchUp(int64_t to, float* row) const {
  if (!moves_idle_rows()) return;
  ReplayAdagrad(constants_, learning_rates_.Between(layout().last_step(row), to), layout().segment(), row,
                row + layout().field_offset(kSum));
  layout().set_last_step(row, static_cast<uint32_t>(to));
}

RowUpdate AdagradOptimizer::update() const {
  RowUpdate update;
  update.rule = RowUpdate::Rule::kAdagrad;
  update.step = static_cast<uint32_t>(step_number_);
  update.adagrad = constants_;
  update.learning_rate = learning_rate_;
  update.learning_rates = learning_rates_.data();
  return update;
}

}  // namespace shoal
