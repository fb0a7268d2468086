// One embedding table, as far as this process owns it: rows, created when they are first pulled, and what the optimizer
// does to them.
//
// Row id lies in partition id mod num_partitions, slot id div num_partitions. Nothing here depends on which partitions
// the process owns, so a row's bits do not depend on the sharding.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_PARAMETER_SERVER_TABLE_H_
#define SHOAL_PARAMETER_SERVER_TABLE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/checkpoint/table_rows.h"
#include "common/initializer/row_initializer.h"
#include "common/optimizer/gradient_clipping.h"
#include "common/optimizer/max_norm.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "parameter_server/partition.h"
#include "proto/job.pb.h"

namespace shoal {

class Table {
 public:
  // `config` is a table of a resolved job; `owned` says by partition number what this process holds; `schedule`
  // outlives the table.
  static absl::StatusOr<std::unique_ptr<Table>> Create(const TableConfig& config, uint64_t seed,
                                                       const std::vector<bool>& owned, const Schedule& schedule);

  const TableConfig& config() const { return config_; }
  int dim() const { return config_.embedding_dim(); }
  const RowLayout& layout() const { return optimizer_->layout(); }

  // InvalidArgument names the id, the table and its size, or that the id lies in a partition owned elsewhere.
  absl::Status CheckIds(absl::Span<const uint64_t> ids) const;

  // From now on rows are read as of `applied_step` and ApplyGradient is for the step after it.
  // REQUIRES: applied_step does not go down.
  void BeginStepAfter(int64_t applied_step);

  // Takes some rows at a time, in the order of the ids: the position of the first, and where they begin. They stay
  // until it returns.
  using TakeRows = absl::FunctionRef<void(size_t first, absl::Span<const float* const> rows)>;

  // Hands out the first `width` floats (dim to SegmentFloats(dim): the weights; layout().row_floats(): the state too)
  // of each row, creating rows and bringing them up to date first. Of a table with max_norm it hands out copies, which
  // are limited to it, the rows are not: to pull again, or by several workers, gives the same. REQUIRES:
  // CheckIds(ids).ok().
  void Pull(absl::Span<const uint64_t> ids, int width, TakeRows take);
  // The same values, but nothing in the table changes.
  void PullReadOnly(absl::Span<const uint64_t> ids, int width, TakeRows take) const;

  // Copies the same to out, out + distance, ..., which need not be aligned.
  void Pull(absl::Span<const uint64_t> ids, int width, int64_t distance_bytes, uint8_t* out);
  void PullReadOnly(absl::Span<const uint64_t> ids, int width, int64_t distance_bytes, uint8_t* out) const;

  // Applies the begun step to the rows, which the step has read: under max_norm they are limited to it first. The
  // padding row takes no gradient: the step finds it idle. `gradients` is [ids, SegmentFloats(dim)], 64-byte aligned,
  // zero from dim on, and is all zero afterwards. REQUIRES: CheckIds(ids).ok(); ids are distinct.
  void ApplyGradients(absl::Span<const uint64_t> ids, float* gradients);

  // Creates the row with these weights in place of the initializer's; a row of another owner is passed over.
  // REQUIRES: id < num_embeddings, the row was not created; `weights` has dim floats.
  void Begin(uint64_t id, absl::Span<const float> weights);

  // For whoever takes the table's steps in its place: copies whole rows, each as of its own last step, a new one as it
  // is created, to `rows`, [ids, RowLayout::row_floats], which several threads may do at once; and puts them back, with
  // steps that they have taken since. REQUIRES: CheckIds(ids).ok().
  void CopyRows(absl::Span<const uint64_t> ids, float* rows) const;
  void ReplaceRows(absl::Span<const uint64_t> ids, const float* rows);

  // Puts a row back as a checkpoint holds it; fields as in the schema. A row of another owner is passed over.
  // InvalidArgument: the row exists already, or its fields are not this table's.
  absl::Status Restore(const LoadedRow& row);

  // What a checkpoint stores; valid until the table changes.
  std::unique_ptr<TableRows> Snapshot() const;
  const TableSchema& schema() const { return schema_; }

 private:
  friend class TableSnapshot;

  Table(const TableConfig& config, RowInitializer initializer, std::unique_ptr<RowOptimizer> optimizer,
        GradientClipper clipper, const std::vector<bool>& owned);

  // Where a row lies.
  struct Place {
    uint64_t partition;
    int64_t slot;
  };
  // For a power of two, the usual case, without the division, which would take longer than the look-up.
  Place Locate(uint64_t id) const {
    if (partition_shift_ >= 0) {
      return {id & (num_partitions_ - 1), static_cast<int64_t>(id >> partition_shift_)};
    }
    return {id % num_partitions_, static_cast<int64_t>(id / num_partitions_)};
  }

  // As a rule a step pushes the ids that it pulled. Whoever had them looked up had them checked before, and neither the
  // table's size nor what is owned of it changes: such ids need no check, and their rows are known.
  bool AreThoseOfTheLastPull(absl::Span<const uint64_t> ids) const { return ids == absl::MakeConstSpan(pulled_.ids); }

  // The row, created if need be, not yet caught up. REQUIRES: the id is in range and owned.
  float* FindOrCreate(uint64_t id);
  // The same for each of `ids`; valid until the next call.
  absl::Span<float* const> FindOrCreateRows(absl::Span<const uint64_t> ids);
  // Whether some of pulled_.rows may be behind applied_step_.
  bool NeedCatchUp() const { return optimizer_->moves_idle_rows() && pulled_.current_at != applied_step_; }
  // Limits the rows, all of pulled_.rows, to max_norm, caught up first. REQUIRES: max_norm_ has a value.
  void LimitRows(absl::Span<float* const> rows);
  // Gives rows to `take`, limited to max_norm where there is one. `copies` is scratch.
  void HandOut(size_t first, absl::Span<const float* const> rows, int width, AlignedFloats* copies,
               TakeRows take) const;
  // The rows are all or some of pulled_.rows.
  void UpdateRows(absl::Span<float* const> rows, float* gradients);
  // Brings rows up to applied_step_.
  void CatchUp(absl::Span<float* const> rows);
  // The row's address, created or not.
  const float* Address(uint64_t id) const;
  bool Created(uint64_t id) const;
  void FillNewRow(uint64_t id, float* row) const;
  // The row as of applied_step_, in `scratch` if it has to be computed. `row` may be null: not created.
  const float* Current(uint64_t id, const float* row, float* scratch) const;

  TableConfig config_;
  RowInitializer initializer_;
  std::unique_ptr<RowOptimizer> optimizer_;
  GradientClipper clipper_;
  absl::optional<MaxNorm> max_norm_;
  TableSchema schema_;
  uint64_t num_partitions_;
  int partition_shift_;                                 // log2(num_partitions_), or -1.
  std::vector<std::unique_ptr<Partition>> partitions_;  // By partition number; null where owned elsewhere.
  int64_t applied_step_ = 0;
  // The rows that FindOrCreateRows found last.
  struct PulledRows {
    std::vector<uint64_t> ids;
    std::vector<float*> rows;
    int64_t current_at = kNever;  // The applied step up to which all of them were caught up.
  };
  static constexpr int64_t kNever = -1;
  PulledRows pulled_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_TABLE_H_
