// Columns of a job's DELIMITED sources by name.
#ifndef SHOAL_COMMON_CONFIG_FIND_COLUMN_H_
#define SHOAL_COMMON_CONFIG_FIND_COLUMN_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "proto/job.pb.h"

namespace shoal {

// Points into `data`; null where no column has the name.
const ColumnConfig* FindColumnConfig(const DataConfig& data, absl::string_view name);

// How the ids of a column are written; null unless its type is ID_LIST.
const IdListConfig* FindIdList(const DataConfig& data, absl::string_view name);

// Ids of every example in a column: as many as `shape` says in one of type ID_LIST, 0 where that may be any number;
// 1 in another.
int64_t IdsPerExample(const DataConfig& data, absl::string_view name);

// Elements of an array of that shape; 0 without a shape, or where a dimension is below 1; stays at 2^31 from there on.
int64_t ShapeSize(const IdListConfig& list);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_FIND_COLUMN_H_
