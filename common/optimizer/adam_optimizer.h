// Adam on rows: torch.optim.SparseAdam where rows are LAZY; torch.optim.Adam, or AdamW with decoupled weight decay,
// where they are DENSE_EQUIVALENT (docs/optimizers.md).
//
// State: exp_avg and exp_avg_sq. With DENSE_EQUIVALENT rows idle rows drift on exp_avg; they are caught up by
// AdamIdleCoefficients, or step by step where weight decay is coupled.
//
// Thread safety: as RowOptimizer.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAM_OPTIMIZER_H_
#define SHOAL_COMMON_OPTIMIZER_ADAM_OPTIMIZER_H_

#include <cstdint>

#include "common/optimizer/adam_idle_coefficients.h"
#include "common/optimizer/adam_kernels.h"
#include "common/optimizer/row_optimizer.h"
#include "common/optimizer/step_table.h"
#include "common/optimizer/table_schedule.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

class AdamOptimizer : public RowOptimizer {
 public:
  // REQUIRES: table.optimizer.adam is set and its values are valid. `schedule` must outlive the object.
  AdamOptimizer(const TableConfig& table, const Schedule& schedule, UpdatedRows updated_rows);

  void InitializeState(float* row) const override;
  void BeginStep(int64_t step) override;
  void Update(const float* gradient, float* row) const override;
  void UpdateRows(const float* gradients, absl::Span<float* const> rows) const override;
  void CatchUp(int64_t to, float* row) const override;
  RowUpdate update() const override;

 private:
  AdamStep<float> StepAt(int64_t step) const;
  AdamIdleStep IdleStepAt(int64_t step) const;
  double Beta1(const StepHyperparameters& now) const;
  double Shrinkage(const StepHyperparameters& now) const;

  const OptimizerConfig::Adam config_;
  const TableSchedule schedule_;
  const bool adds_eps_to_corrected_root_;  // As Adam; SparseAdam adds it to the root as it is.
  const bool replays_idle_steps_;
  int64_t step_number_ = 0;
  AdamStep<float> step_ = {};
  StepTable<AdamStep<float>> steps_;  // Where idle steps are replayed.
  AdamIdleCoefficients idle_;         // Where idle rows move otherwise.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAM_OPTIMIZER_H_
