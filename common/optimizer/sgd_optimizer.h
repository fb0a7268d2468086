// torch.optim.SGD on rows (docs/optimizers.md).
//
// State: momentum_buffer where there is momentum, configured or cycled by the schedule; momentum_started (0 or 1) where
// a row's first touch must be known, because dampening does not apply to it.
//
// Thread safety: as RowOptimizer.
#ifndef SHOAL_COMMON_OPTIMIZER_SGD_OPTIMIZER_H_
#define SHOAL_COMMON_OPTIMIZER_SGD_OPTIMIZER_H_

#include <cstdint>

#include "common/optimizer/row_optimizer.h"
#include "common/optimizer/sgd_idle_map.h"
#include "common/optimizer/sgd_kernels.h"
#include "common/optimizer/step_table.h"
#include "common/optimizer/table_schedule.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

class SgdOptimizer : public RowOptimizer {
 public:
  // REQUIRES: table.optimizer.sgd is set and its values are valid. `schedule` must outlive the object.
  SgdOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows);

  void InitializeState(float* row) const override;
  void BeginStep(int64_t step) override;
  void Update(const float* gradient, float* row) const override;
  void UpdateRows(const float* gradients, absl::Span<float* const> rows) const override;
  void CatchUp(int64_t to, float* row) const override;
  RowUpdate update() const override;

 private:
  SgdMomentumStep<double> StepAt(int64_t step) const;

  const OptimizerConfig::Sgd config_;
  const TableSchedule schedule_;
  const bool dense_equivalent_;
  const bool has_momentum_;
  const bool marks_first_touch_;
  int64_t step_number_ = 0;
  SgdMomentumStep<float> step_ = {};
  StepTable<SgdIdleMap> idle_maps_;  // Where idle rows move.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_SGD_OPTIMIZER_H_
