// What an optimizer does to one row: a step with its gradient, or the steps that it missed.
//
// Optimizers are elementwise or reduce within a row in a fixed order, so a row's bits depend only on its own history
// (its gradients and the steps at which it was pulled), never on where it lives or on the SIMD width.
//
// Thread safety: BeginStep needs exclusive access; between calls of it all const methods may run concurrently on
// different rows.
#ifndef SHOAL_COMMON_OPTIMIZER_ROW_OPTIMIZER_H_
#define SHOAL_COMMON_OPTIMIZER_ROW_OPTIMIZER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/optimizer/row_layout.h"
#include "common/optimizer/row_update.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

// Which rows a step updates. Where it is all of them no row is ever idle: DENSE_EQUIVALENT rows then carry no
// last_step, and the optimizer keeps nothing of the steps that have been.
enum class UpdatedRows { kSome, kAll };

// Whether a row may have been idle in a step that moves it all the same.
inline bool IdleRowsMove(const TableConfig& table, UpdatedRows updated_rows) {
  return table.row_semantics() == DENSE_EQUIVALENT && updated_rows == UpdatedRows::kSome;
}

class RowOptimizer {
 public:
  virtual ~RowOptimizer() = default;

  const RowLayout& layout() const { return layout_; }

  // Whether rows that a step does not touch move all the same: then rows carry last_step, and CatchUp must be called
  // before a row is read or updated.
  bool moves_idle_rows() const { return layout_.has_last_step(); }

  // Sets the state of a new row (all fields, last_step 0). The weights are the initializer's business.
  virtual void InitializeState(float* row) const = 0;

  // From now on Update applies step `step` and CatchUp may go up to `step`. REQUIRES: steps do not go down.
  virtual void BeginStep(int64_t step) = 0;

  // Applies the begun step to a row that is current up to the step before. `gradient` has layout().segment() floats,
  // zero from dim on; it is not changed. Sets last_step where there is one.
  virtual void Update(const float* gradient, float* row) const = 0;

  // Update for up to kMaxRows rows, all different. `gradients` is [rows, layout().segment()].
  static constexpr size_t kMaxRows = 8;
  virtual void UpdateRows(const float* gradients, absl::Span<float* const> rows) const {
    for (size_t i = 0; i < rows.size(); ++i) Update(gradients + i * layout().segment(), rows[i]);
  }

  // Brings the row from its last_step to `to` as if each step in between had come with a zero gradient.
  // REQUIRES: last_step <= to <= the begun step. Nothing happens where moves_idle_rows() is false.
  virtual void CatchUp(int64_t to, float* row) const = 0;

  // The begun step, for rows that lie elsewhere. Its arrays are the optimizer's own, valid until the next BeginStep.
  virtual RowUpdate update() const = 0;

 protected:
  explicit RowOptimizer(RowLayout layout) : layout_(std::move(layout)) {}

 private:
  RowLayout layout_;
};

// The optimizer of one table: its `optimizer`, `row_semantics` and `learning_rate_multiplier`, at the schedule's rates.
// `schedule` must outlive the result. REQUIRES: table.optimizer and table.row_semantics are set (a resolved job).
// InvalidArgument names the field and the value that cannot be.
absl::StatusOr<std::unique_ptr<RowOptimizer>> CreateRowOptimizer(const TableConfig& table, const Schedule& schedule,
                                                                 UpdatedRows updated_rows = UpdatedRows::kSome);

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ROW_OPTIMIZER_H_
