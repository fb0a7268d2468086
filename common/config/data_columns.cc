#include "common/config/data_columns.h"

#include <algorithm>

namespace shoal {

SourceLayout LayoutOf(const DataSource& source, const std::string& path, const FieldLocations& locations) {
  if (source.has_synthetic()) return SourceLayout::kRatings;
  if (locations.IsUnreadable(JoinPath(path, "format")) || locations.IsUnreadable(JoinPath(path, "synthetic"))) {
    return SourceLayout::kUnknown;
  }
  return source.format() == DataSource::DELIMITED ? SourceLayout::kDelimited : SourceLayout::kRatings;
}

std::vector<SourceLayout> LayoutsOf(const DataConfig& data, const FieldLocations& locations) {
  std::vector<SourceLayout> layouts;
  if (data.has_train()) layouts.push_back(LayoutOf(data.train(), "data.train", locations));
  if (data.has_validation()) layouts.push_back(LayoutOf(data.validation(), "data.validation", locations));
  std::sort(layouts.begin(), layouts.end());
  layouts.erase(std::unique(layouts.begin(), layouts.end()), layouts.end());
  return layouts;
}

ColumnNames ColumnsOf(SourceLayout layout, const DataConfig& data) {
  if (layout == SourceLayout::kRatings) return {{"user_id", "item_id"}, {"rating"}};
  ColumnNames columns;
  for (const ColumnConfig& column : data.columns()) {
    if (!column.has_name()) continue;
    (column.type() == ColumnConfig::NUMBER ? columns.numbers : columns.ids).push_back(column.name());
  }
  return columns;
}

}  // namespace shoal
