#include "common/config/data_columns.h"

#include <algorithm>

namespace shoal {
namespace {

ColumnKind KindOf(ColumnConfig::Type type) {
  switch (type) {
    case ColumnConfig::STRING_ID:
    case ColumnConfig::INTEGER_ID:
      break;
    case ColumnConfig::NUMBER:
      return ColumnKind::kNumber;
    case ColumnConfig::LABEL:
      return ColumnKind::kLabel;
    case ColumnConfig::TEXT:
      return ColumnKind::kText;
    case ColumnConfig::ID_LIST:
      return ColumnKind::kIdList;
  }
  return ColumnKind::kId;
}

}  // namespace

SourceLayout LayoutOf(const DataSource& source, const std::string& path, const FieldLocations& locations) {
  if (source.has_synthetic()) return SourceLayout::kRatings;
  if (locations.IsUnreadable(JoinPath(path, "format")) || locations.IsUnreadable(JoinPath(path, "synthetic"))) {
    return SourceLayout::kUnknown;
  }
  switch (source.format()) {
    case DataSource::DELIMITED:
      return SourceLayout::kDelimited;
    case DataSource::IDX:
      return SourceLayout::kImages;
    case DataSource::MOVIELENS_100K:
    case DataSource::MOVIELENS_DAT:
    case DataSource::MOVIELENS_CSV:
      break;
  }
  return SourceLayout::kRatings;
}

std::vector<SourceLayout> LayoutsOf(const DataConfig& data, const FieldLocations& locations) {
  std::vector<SourceLayout> layouts;
  if (data.has_train()) layouts.push_back(LayoutOf(data.train(), "data.train", locations));
  if (data.has_validation()) layouts.push_back(LayoutOf(data.validation(), "data.validation", locations));
  std::sort(layouts.begin(), layouts.end());
  layouts.erase(std::unique(layouts.begin(), layouts.end()), layouts.end());
  return layouts;
}

std::vector<DataColumn> ColumnsOf(SourceLayout layout, const DataConfig& data) {
  if (layout == SourceLayout::kRatings) {
    return {{"user_id", ColumnKind::kId}, {"item_id", ColumnKind::kId}, {"rating", ColumnKind::kNumber}};
  }
  if (layout == SourceLayout::kImages) return {{"image", ColumnKind::kImage}, {"label", ColumnKind::kLabel}};
  std::vector<DataColumn> columns;
  for (const ColumnConfig& column : data.columns()) {
    if (column.has_name()) columns.push_back({column.name(), KindOf(column.type())});
  }
  return columns;
}

}  // namespace shoal
