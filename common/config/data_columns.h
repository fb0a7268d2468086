// The columns that a job's sources will have once they are read.
#ifndef SHOAL_COMMON_CONFIG_DATA_COLUMNS_H_
#define SHOAL_COMMON_CONFIG_DATA_COLUMNS_H_

#include <string>
#include <vector>

#include "common/config/field_locations.h"
#include "proto/job.pb.h"

namespace shoal {

enum class SourceLayout {
  kUnknown,    // Its description could not be read.
  kDelimited,  // The job's `columns`.
  kRatings,    // user_id, item_id, rating: MovieLens and synthetic sources.
  kImages,     // image, label: IDX sources.
};

// `path` is where the source lies in the job.
SourceLayout LayoutOf(const DataSource& source, const std::string& path, const FieldLocations& locations);

// Layouts of the job's one or two sources: each that occurs, once.
std::vector<SourceLayout> LayoutsOf(const DataConfig& data, const FieldLocations& locations);

enum class ColumnKind { kId, kNumber, kLabel, kText, kIdList, kImage };

struct DataColumn {
  std::string name;
  ColumnKind kind;
};
// Columns without a name are left out. REQUIRES: layout is not kUnknown.
std::vector<DataColumn> ColumnsOf(SourceLayout layout, const DataConfig& data);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_DATA_COLUMNS_H_
