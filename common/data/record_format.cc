#include "common/data/record_format.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/data/idx_source.h"

namespace shoal {
namespace {

ColumnConfig MovieLensColumn(const char* name, const char* header, int position, bool has_header) {
  ColumnConfig column;
  column.set_name(name);
  column.set_type(column.name() == "rating" ? ColumnConfig::NUMBER : ColumnConfig::INTEGER_ID);
  if (has_header) {
    column.set_header(header);
  } else {
    column.set_position(position);
  }
  return column;
}

RecordFormat MovieLens(const char* delimiter, bool has_header) {
  return {.delimiter = delimiter,
          .header = has_header,
          .columns = {MovieLensColumn("user_id", "userId", 0, has_header),
                      MovieLensColumn("item_id", "movieId", 1, has_header),
                      MovieLensColumn("rating", "rating", 2, has_header)},
          .image_column = ""};
}

RecordFormat Idx(const DataSource& source) {
  RecordFormat format{.delimiter = "", .header = false, .columns = {}, .image_column = IdxSource::kImageColumn};
  if (source.labels_path().empty()) return format;
  ColumnConfig& label = format.columns.emplace_back();
  label.set_name(IdxSource::kLabelColumn);
  label.set_type(ColumnConfig::LABEL);
  return format;
}

absl::StatusOr<RecordFormat> Delimited(const DataConfig& data, const DataSource& source, absl::string_view field) {
  if (source.delimiter().empty()) return absl::InvalidArgumentError(absl::StrCat(field, ".delimiter is empty"));
  RecordFormat format{.delimiter = source.delimiter(),
                      .delimiter_field = absl::StrCat(field, ".delimiter"),
                      .header = source.header(),
                      .columns = {},
                      .image_column = ""};
  for (const ColumnConfig& column : data.columns()) {
    if (!source.header() && (!column.has_position() || column.position() < 0)) {
      return absl::InvalidArgumentError(absl::StrCat("data.columns '", column.name(),
                                                     "' needs a position, counted from 0: ", field,
                                                     " has no header line to find it by"));
    }
    format.columns.push_back(column);
  }
  return format;
}

}  // namespace

absl::StatusOr<RecordFormat> FormatOf(const DataConfig& data, const DataSource& source, absl::string_view field) {
  if (source.has_synthetic()) return MovieLens("\t", /*has_header=*/false);
  if (source.path().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(field, " needs a path, or synthetic"));
  }
  switch (source.format()) {
    case DataSource::MOVIELENS_100K:
      return MovieLens("\t", /*has_header=*/false);
    case DataSource::MOVIELENS_DAT:
      return MovieLens("::", /*has_header=*/false);
    case DataSource::MOVIELENS_CSV:
      return MovieLens(",", /*has_header=*/true);
    case DataSource::IDX:
      return Idx(source);
    case DataSource::DELIMITED:
      break;
  }
  return Delimited(data, source, field);
}

absl::StatusOr<ColumnConfig> FindColumn(const RecordFormat& format, absl::string_view name, absl::string_view field) {
  for (const ColumnConfig& column : format.columns) {
    if (column.name() == name) return column;
  }
  if (!format.image_column.empty() && format.columns.empty() && name == IdxSource::kLabelColumn) {
    return absl::InvalidArgumentError(absl::StrCat(field, " needs a labels_path, the labels of its images"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(field, " has no column '", name, "', which the model reads; it has: ",
                   absl::StrJoin(format.columns, ", ",
                                 [](std::string* out, const ColumnConfig& column) { out->append(column.name()); })));
}

}  // namespace shoal
