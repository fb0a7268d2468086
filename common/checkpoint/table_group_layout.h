// Where everything lies in a table file: a function of the table schemas and row numbers (docs/checkpoint_format.md).
// The writer writes by it; the reader computes it from the manifest and interprets nothing that the file says of
// itself.
//
// Immutable.
#ifndef SHOAL_COMMON_CHECKPOINT_TABLE_GROUP_LAYOUT_H_
#define SHOAL_COMMON_CHECKPOINT_TABLE_GROUP_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/checkpoint/table_rows.h"

namespace shoal {

// InvalidArgument: a name that is not [a-z][a-z0-9_]*, a number out of range, or fields that are not "weight" and then
// distinct others.
absl::Status ValidateTableSchema(const TableSchema& schema);

class TableGroupLayout {
 public:
  struct Part {
    const TableSchema* schema;
    uint64_t rows;
  };
  // Offsets in bytes from the start of the file.
  struct Offsets {
    uint64_t id = 0;
    uint64_t last_step = 0;  // Meaningless without schema.has_last_step.
    std::vector<uint64_t> fields;
  };

  // InvalidArgument: as ValidateTableSchema, a table that stands twice, more rows than the table has, or a file of more
  // than 2^63 - 1 bytes.
  static absl::StatusOr<TableGroupLayout> Create(absl::Span<const Part> parts);

  // The first bytes of the file, up to the first tensor.
  const std::string& header() const { return header_; }
  uint64_t file_bytes() const { return file_bytes_; }
  // As the parts given to Create.
  const std::vector<Offsets>& offsets() const { return offsets_; }

 private:
  std::string header_;
  uint64_t file_bytes_ = 0;
  std::vector<Offsets> offsets_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_TABLE_GROUP_LAYOUT_H_
