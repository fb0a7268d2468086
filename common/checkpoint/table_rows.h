// What a checkpoint stores of one table, and the seams through which the parameter server hands it over and takes it
// back: the checkpoint code knows files, the parameter server knows memory.
#ifndef SHOAL_COMMON_CHECKPOINT_TABLE_ROWS_H_
#define SHOAL_COMMON_CHECKPOINT_TABLE_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"

namespace shoal {

// One float32 tensor of shape [rows, width] beside the ids.
struct RowField {
  std::string name;  // "weight", a state field's name, or "pending_weight".
  int width;
};

struct TableSchema {
  std::string table;
  int64_t num_embeddings = 0;
  int embedding_dim = 0;
  int num_partitions = 0;
  // fields[0] is "weight": the row at the checkpoint's step. Where idle rows move, "pending_weight" follows the state:
  // the row as of its last_step, from which training goes on (docs/checkpoint_format.md).
  std::vector<RowField> fields;
  // Whether rows carry the step up to which state and pending_weight are current.
  bool has_last_step = false;
};

// The created rows of one table that a partition group holds, in ascending order of id. Rows that were never created
// are not stored: their values are the initializer's.
//
// Thread safety: external.
class TableRows {
 public:
  virtual ~TableRows() = default;
  virtual const TableSchema& schema() const = 0;
  virtual int64_t num_rows() const = 0;
  // Ids in ascending order, num_rows() of them.
  virtual std::vector<uint64_t> ids() const = 0;
  // By row. REQUIRES: schema().has_last_step.
  virtual std::vector<uint64_t> last_steps() const = 0;
  // Calls `sink` for rows 0, 1, ... with the row's `width` floats of field `field`.
  virtual void ForEach(int field, absl::FunctionRef<void(absl::Span<const float>)> sink) const = 0;
};

// One row read back.
struct LoadedRow {
  uint64_t id;
  uint64_t last_step;                           // 0 where the schema has none.
  std::vector<absl::Span<const float>> fields;  // As schema.fields.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_TABLE_ROWS_H_
