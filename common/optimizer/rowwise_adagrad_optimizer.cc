#include "common/optimizer/rowwise_adagrad_optimizer.h"

#include <algorithm>
#include <cmath>

#include "common/optimizer/adagrad_kernels.h"
#include "common/optimizer/sgd_kernels.h"
#include "common/simd/vector_ops.h"

namespace shoal {
namespace {

constexpr int kSum = 0;

RowLayout MakeLayout(const TableConfig& table, UpdatedRows updated_rows) {
  const bool idle_rows_move =
      IdleRowsMove(table, updated_rows) && table.optimizer().rowwise_adagrad().weight_decay() != 0;
  return RowLayout(table.embedding_dim(), {{"sum", 1}}, idle_rows_move);
}

}  // namespace

RowwiseAdagradOptimizer::RowwiseAdagradOptimizer(const TableConfig& table, const Schedule& schedule,
                                                 UpdatedRows updated_rows)
    : RowOptimizer(MakeLayout(table, updated_rows)),
      initial_sum_(static_cast<float>(table.optimizer().rowwise_adagrad().initial_accumulator_value())),
      weight_decay_(static_cast<float>(table.optimizer().rowwise_adagrad().weight_decay())),
      eps_(static_cast<float>(table.optimizer().rowwise_adagrad().eps())),
      schedule_(table, schedule) {}

void RowwiseAdagradOptimizer::InitializeState(float* row) const {
  std::fill(row + layout().segment(), row + layout().row_floats(), 0.0f);
  row[layout().field_offset(kSum)] = initial_sum_;
}

float RowwiseAdagradOptimizer::LearningRateAt(int64_t step) const {
  return static_cast<float>(schedule_.At(step).learning_rate);
}

void RowwiseAdagradOptimizer::BeginStep(int64_t step) {
  step_number_ = step;
  learning_rate_ = LearningRateAt(step);
  if (moves_idle_rows()) {
    learning_rates_.ExtendTo(step, [this](int64_t number) { return LearningRateAt(number); });
  }
}

float RowwiseAdagradOptimizer::GrowSum(float squares, float learning_rate, float* row) const {
  float& sum = row[layout().field_offset(kSum)];
  sum += squares / static_cast<float>(layout().dim());
  return learning_rate / (std::sqrt(sum) + eps_);
}

void RowwiseAdagradOptimizer::Update(const float* gradient, float* row) const {
  const int n = layout().segment();
  const float factor = GrowSum(SumOfDecayedSquares(weight_decay_, gradient, row, n), learning_rate_, row);
  ApplySgd(factor, weight_decay_, gradient, n, row);
  if (moves_idle_rows()) layout().set_last_step(row, static_cast<uint32_t>(step_number_));
}

// Without a gradient only weight decay is left: a step scales the row.
void RowwiseAdagradOptimizer::CatchUp(int64_t to, float* row) const {
  if (!moves_idle_rows()) return;
  const int n = layout().segment();
  for (const float learning_rate : learning_rates_.Between(layout().last_step(row), to)) {
    const float factor = GrowSum(weight_decay_ * weight_decay_ * SumOfSquares(row, n), learning_rate, row);
    Scale(1 - factor * weight_decay_, row, n);
  }
  layout().set_last_step(row, static_cast<uint32_t>(to));
}

RowUpdate RowwiseAdagradOptimizer::update() const {
  RowUpdate update;
  update.rule = RowUpdate::Rule::kRowwiseAdagrad;
  update.step = static_cast<uint32_t>(step_number_);
  update.adagrad = {weight_decay_, eps_};
  update.learning_rate = learning_rate_;
  update.learning_rates = learning_rates_.data();
  return update;
}

}  // namespace shoal
