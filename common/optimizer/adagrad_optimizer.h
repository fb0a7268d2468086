// torch.optim.Adagrad on rows (docs/optimizers.md).
//
// State: sum, the squared gradients of each element added up. Idle rows move only by weight decay.
//
// Thread safety: as RowOptimizer.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAGRAD_OPTIMIZER_H_
#define SHOAL_COMMON_OPTIMIZER_ADAGRAD_OPTIMIZER_H_

#include <cstdint>

#include "common/optimizer/adagrad_kernels.h"
#include "common/optimizer/row_optimizer.h"
#include "common/optimizer/step_table.h"
#include "common/optimizer/table_schedule.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

class AdagradOptimizer : public RowOptimizer {
 public:
  // REQUIRES: table.optimizer.adagrad is set and its values are valid. `schedule` must outlive the object.
  AdagradOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows);

  void InitializeState(float* row) const override;
  void BeginStep(int64_t step) override;
  void Update(const float* gradient, float* row) const override;
  void CatchUp(int64_t to, float* row) const override;
  RowUpdate update() const override;

 private:
  float LearningRateAt(int64_t step) const;

  const OptimizerConfig::Adagrad config_;
  const TableSchedule schedule_;
  const AdagradConstants<float> constants_;
  int64_t step_number_ = 0;
  float learning_rate_ = 0;
  StepTable<float> learning_rates_;  // Where idle rows move.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAGRAD_OPTIMIZER_H_
