// How the records of a source are laid out: what a job says of a DELIMITED file, or what another format implies.
#ifndef SHOAL_COMMON_DATA_RECORD_FORMAT_H_
#define SHOAL_COMMON_DATA_RECORD_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/job.pb.h"

namespace shoal {

struct RecordFormat {
  std::string delimiter;  // Not empty, but for IDX files. Fields of comma-separated files may stand in double quotes.
  // What a user would set another delimiter with, "data.train.delimiter"; empty: nothing.
  std::string delimiter_field = {};
  bool header = false;  // The first line names the columns.
  std::vector<ColumnConfig> columns;
  std::string image_column;  // Name of the column of images, which is not among the others. Empty: there are none.
};

// `field` is the source's name in errors, for example "data.train". Synthetic sources have the columns of MovieLens.
// An IDX source without labels_path has images alone. InvalidArgument: the source gives neither path nor synthetic, its
// delimiter is empty, or a column has no place.
absl::StatusOr<RecordFormat> FormatOf(const DataConfig& data, const DataSource& source, absl::string_view field);

// The named column. InvalidArgument names `field` and the columns there are.
absl::StatusOr<ColumnConfig> FindColumn(const RecordFormat& format, absl::string_view name, absl::string_view field);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_RECORD_FORMAT_H_
