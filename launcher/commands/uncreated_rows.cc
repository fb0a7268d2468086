#include "launcher/commands/uncreated_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/initializer/row_initializer.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"

namespace shoal {
namespace {

// A row in memory as the parameter server would have it: rows begin on a 64-byte boundary.
struct alignas(64) RowBlock {
  float values[16];
};

class InitializedRows : public UncreatedRows {
 public:
  InitializedRows(RowInitializer initializer, std::unique_ptr<Schedule> schedule,
                  std::unique_ptr<RowOptimizer> optimizer, uint64_t step)
      : initializer_(std::move(initializer)),
        schedule_(std::move(schedule)),
        optimizer_(std::move(optimizer)),
        step_(static_cast<int64_t>(step)),
        row_((optimizer_->layout().row_floats() + 15) / 16) {
    if (step_ > 0) optimizer_->BeginStep(step_);
  }

  void Fill(uint64_t id, absl::Span<float> weight) override {
    std::fill(row_.begin(), row_.end(), RowBlock{});
    float* const row = row_.front().values;
    initializer_.Fill(id, row);
    optimizer_->InitializeState(row);
    if (step_ > 0) optimizer_->CatchUp(step_, row);
    std::copy_n(row, weight.size(), weight.begin());
  }

 private:
  RowInitializer initializer_;
  std::unique_ptr<Schedule> schedule_;  // Outlives the optimizer, which points to it.
  std::unique_ptr<RowOptimizer> optimizer_;
  int64_t step_;
  std::vector<RowBlock> row_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<UncreatedRows>> CreateUncreatedRows(const ResolvedJob& job, int table, uint64_t step) {
  const TableConfig& config = job.job().tables(table);
  SHOAL_ASSIGN_OR_RETURN(RowInitializer initializer, RowInitializer::Create(config, job.job().seed()));
  SHOAL_ASSIGN_OR_RETURN(Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  auto owned_schedule = std::make_unique<Schedule>(std::move(schedule));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<RowOptimizer> optimizer, CreateRowOptimizer(config, *owned_schedule));
  return std::make_unique<InitializedRows>(std::move(initializer), std::move(owned_schedule), std::move(optimizer),
                                           step);
}

}  // namespace shoal
