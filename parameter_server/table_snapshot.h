// The created rows of a table as a checkpoint stores them: in ascending order of id, weights as of the step applied
// last, state and pending weights as they lie in memory.
//
// Thread safety: concurrent reads, while the table does not change.
#ifndef SHOAL_PARAMETER_SERVER_TABLE_SNAPSHOT_H_
#define SHOAL_PARAMETER_SERVER_TABLE_SNAPSHOT_H_

#include <cstdint>
#include <vector>

#include "common/checkpoint/table_rows.h"

namespace shoal {

class Table;

class TableSnapshot : public TableRows {
 public:
  // `table` outlives the snapshot.
  explicit TableSnapshot(const Table& table);

  const TableSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return static_cast<int64_t>(ids_.size()); }
  std::vector<uint64_t> ids() const override { return ids_; }
  std::vector<uint64_t> last_steps() const override;
  void ForEach(int field, absl::FunctionRef<void(absl::Span<const float>)> sink) const override;

 private:
  const Table& table_;
  const TableSchema& schema_;
  std::vector<uint64_t> ids_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_TABLE_SNAPSHOT_H_
