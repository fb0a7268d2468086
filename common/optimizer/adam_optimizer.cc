#include "common/optimizer/adam_optimizer.h"

#include <algorithm>
#include <cmath>

#include "common/optimizer/packed_elements.h"

namespace shoal {
namespace {

constexpr int kExpAvg = 0;
constexpr int kExpAvgSq = 1;

RowLayout MakeLayout(const TableConfig& table, UpdatedRows updated_rows) {
  const int dim = table.embedding_dim();
  return RowLayout(dim, {{"exp_avg", dim}, {"exp_avg_sq", dim}}, IdleRowsMove(table, updated_rows));
}

}  // namespace

AdamOptimizer::AdamOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows)
    : RowOptimizer(MakeLayout(table, updated_rows)),
      config_(table.optimizer().adam()),
      schedule_(table, schedule),
      adds_eps_to_corrected_root_(table.row_semantics() == DENSE_EQUIVALENT),
      replays_idle_steps_(config_.weight_decay() != 0 && !config_.decoupled_weight_decay()),
      idle_(config_.beta2()) {}

void AdamOptimizer::InitializeState(float* row) const {
  std::fill(row + layout().segment(), row + layout().row_floats(), 0.0f);
}

double AdamOptimizer::Beta1(const StepHyperparameters& now) const { return now.momentum.value_or(config_.beta1()); }

double AdamOptimizer::Shrinkage(const StepHyperparameters& now) const {
  return config_.decoupled_weight_decay() ? now.learning_rate * config_.weight_decay() : 0;
}

AdamStep<float> AdamOptimizer::StepAt(int64_t step) const {
  const StepHyperparameters now = schedule_.At(step);
  const double beta1 = Beta1(now);
  const double rate = now.learning_rate / (1 - std::pow(beta1, static_cast<double>(step)));
  const double root_of_bias_correction2 = std::sqrt(1 - std::pow(config_.beta2(), static_cast<double>(step)));
  return {.weight_decay = config_.decoupled_weight_decay() ? 0 : static_cast<float>(config_.weight_decay()),
          .shrinkage = static_cast<float>(Shrinkage(now)),
          .exp_avg_share = static_cast<float>(1 - beta1),
          .beta2 = static_cast<float>(config_.beta2()),
          .exp_avg_sq_share = static_cast<float>(1 - config_.beta2()),
          .step_size = static_cast<float>(adds_eps_to_corrected_root_ ? rate : rate * root_of_bias_correction2),
          .root_scale = adds_eps_to_corrected_root_ ? static_cast<float>(1 / root_of_bias_correction2) : 1,
          .eps = static_cast<float>(config_.eps())};
}

AdamIdleStep AdamOptimizer::IdleStepAt(int64_t step) const {
  const StepHyperparameters now = schedule_.At(step);
  return {.learning_rate = now.learning_rate, .beta1 = Beta1(now), .weight_factor = 1 - Shrinkage(now)};
}

void AdamOptimizer::BeginStep(int64_t step) {
  step_number_ = step;
  step_ = StepAt(step);
  if (!moves_idle_rows()) return;
  if (replays_idle_steps_) {
    steps_.ExtendTo(step, [this](int64_t number) { return StepAt(number); });
  } else {
    while (idle_.num_steps() < step) idle_.Append(IdleStepAt(idle_.num_steps() + 1));
  }
}

void AdamOptimizer::Update(const float* gradient, float* row) const {
  ApplyAdam(step_, gradient, layout().segment(), row, row + layout().field_offset(kExpAvg),
            row + layout().field_offset(kExpAvgSq));
  if (moves_idle_rows()) layout().set_last_step(row, static_cast<uint32_t>(step_number_));
}

void AdamOptimizer::UpdateRows(const float* gradients, absl::Span<float* const> rows) const {
  if (layout().dim() > 1) {
    RowOptimizer::UpdateRows(gradients, rows);
    return;
  }
  PackedElements<3> elements({0, layout().field_offset(kExpAvg), layout().field_offset(kExpAvgSq)}, rows);
  ApplyAdam(step_, gradients, static_cast<int>(rows.size()), elements.field(0), elements.field(1), elements.field(2));
  elements.Store(rows);
  if (!moves_idle_rows()) return;
  for (float* row : rows) layout().set_last_step(row, static_cast<uint32_t>(step_number_));
}

void AdamOptimizer::CatchUp(int64_t to, float* row) const {
  if (!moves_idle_rows()) return;
  const int64_t from = layout().last_step(row);
  float* const exp_avg = row + layout().field_offset(kExpAvg);
  float* const exp_avg_sq = row + layout().field_offset(kExpAvgSq);
  if (replays_idle_steps_) {
    ReplayAdam(steps_.Between(from, to), layout().segment(), row, exp_avg, exp_avg_sq);
  } else {
    idle_.ForEachSpan(from, to, [&](const AdamIdleSpan& span) {
      ApplyAdamIdleSpan(span, step_.eps, layout().segment(), row, exp_avg, exp_avg_sq);
    });
  }
  layout().set_last_step(row, static_cast<uint32_t>(to));
}

RowUpdate AdamOptimizer::update() const {
  RowUpdate update;
  update.rule = RowUpdate::Rule::kAdam;
  update.step = static_cast<uint32_t>(step_number_);
  update.adam = step_;
  if (replays_idle_steps_) update.adam_steps = steps_.data();
  update.adam_idle = idle_.history();
  return update;
}

}  // namespace shoal
