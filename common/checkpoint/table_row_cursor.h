// Reads the rows of one table from one table file, in ascending order of id, and checks them on the way.
//
// Thread safety: external; several cursors may read the same file at once.
#ifndef SHOAL_COMMON_CHECKPOINT_TABLE_ROW_CURSOR_H_
#define SHOAL_COMMON_CHECKPOINT_TABLE_ROW_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "common/base/hash.h"
#include "common/checkpoint/table_group_layout.h"
#include "common/checkpoint/table_rows.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class TableRowCursor {
 public:
  // What to read; everything must outlive the cursor.
  struct Source {
    const ReadableFile* file;
    const std::string* path;  // For messages.
    const TableSchema* schema;
    const TableGroupLayout::Offsets* offsets;
    const TableDigestPart* part;
    uint64_t step;  // The checkpoint's: no row can be further.
  };
  // Reads ids and weights only, or all fields and last_step; about `buffer_bytes` at once, at least one row.
  TableRowCursor(const Source& source, bool weights_only, size_t buffer_bytes);

  // Goes to the first row, then to the next one. DataLoss, naming the file: a tensor does not have its hash (known once
  // its last rows are read), an id or last_step is out of order or range. After an error the cursor is of no use.
  absl::Status Advance();
  // Whether Advance went past the last row.
  bool done() const { return started_ && row_in_block_ == block_rows_; }
  // Valid until the next Advance. REQUIRES: Advance was called, !done().
  const LoadedRow& row() const { return row_; }

 private:
  // One tensor, read from front to back.
  struct Tensor {
    std::string name;
    std::string expected_hash;
    uint64_t offset;   // Of the next block.
    size_t row_bytes;  // Of one row of the tensor.
    Hasher128 hasher;
  };

  absl::Status ReadBlock();
  absl::Status ReadTensor(Tensor* tensor, char* out);
  absl::Status CheckIdsAndSteps();
  absl::Status Damaged(absl::string_view message) const;

  Source source_;
  std::vector<Tensor> tensors_;  // Ids, last steps (if read), fields.
  std::vector<uint64_t> ids_;
  std::vector<uint64_t> last_steps_;        // Empty: not read.
  std::vector<std::vector<float>> fields_;  // By field, [rows of a block, width].
  uint64_t max_block_rows_;
  uint64_t rows_read_ = 0;   // Of all blocks so far.
  uint64_t block_rows_ = 0;  // Of the block in memory.
  uint64_t row_in_block_ = 0;
  uint64_t min_next_id_ = 0;
  bool started_ = false;
  LoadedRow row_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_TABLE_ROW_CURSOR_H_
