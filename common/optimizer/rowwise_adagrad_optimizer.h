// Adagrad with one accumulator a row: FBGEMM's EXACT_ROWWISE_ADAGRAD (docs/optimizers.md).
//
// State: sum, of width 1, to which each step adds the mean of the squared gradient elements. Idle rows move only by
// weight decay.
//
// Thread safety: as RowOptimizer.
#ifndef SHOAL_COMMON_OPTIMIZER_ROWWISE_ADAGRAD_OPTIMIZER_H_
#define SHOAL_COMMON_OPTIMIZER_ROWWISE_ADAGRAD_OPTIMIZER_H_

#include <cstdint>

#include "common/optimizer/row_optimizer.h"
#include "common/optimizer/step_table.h"
#include "common/optimizer/table_schedule.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

class RowwiseAdagradOptimizer : public RowOptimizer {
 public:
  // REQUIRES: table.optimizer.rowwise_adagrad is set and its values are valid. `schedule` must outlive the object.
  RowwiseAdagradOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows);

  void InitializeState(float* row) const override;
  void BeginStep(int64_t step) override;
  void Update(const float* gradient, float* row) const override;
  void CatchUp(int64_t to, float* row) const override;
  RowUpdate update() const override;

 private:
  float LearningRateAt(int64_t step) const;

  // Adds the mean of a step's squared gradient elements to the row's sum; returns what the step multiplies the gradient
  // by.
  float GrowSum(float squares, float learning_rate, float* row) const;

  const float initial_sum_;
  const float weight_decay_;
  const float eps_;
  const TableSchedule schedule_;
  int64_t step_number_ = 0;
  float learning_rate_ = 0;
  StepTable<float> learning_rates_;  // Where idle rows move.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ROWWISE_ADAGRAD_OPTIMIZER_H_
