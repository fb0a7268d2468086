#include "common/config/find_column.h"

#include <algorithm>

namespace shoal {

const ColumnConfig* FindColumnConfig(const DataConfig& data, absl::string_view name) {
  for (const ColumnConfig& column : data.columns()) {
    if (column.name() == name) return &column;
  }
  return nullptr;
}

const IdListConfig* FindIdList(const DataConfig& data, absl::string_view name) {
  const ColumnConfig* column = FindColumnConfig(data, name);
  return column != nullptr && column->type() == ColumnConfig::ID_LIST ? &column->id_list() : nullptr;
}

int64_t IdsPerExample(const DataConfig& data, absl::string_view name) {
  const IdListConfig* list = FindIdList(data, name);
  return list == nullptr ? 1 : ShapeSize(*list);
}

int64_t ShapeSize(const IdListConfig& list) {
  constexpr int64_t kMost = int64_t{1} << 31;
  if (list.shape().empty()) return 0;
  int64_t size = 1;
  for (const int64_t dimension : list.shape()) size = std::min(size * std::max<int64_t>(dimension, 0), kMost);
  return size;
}

}  // namespace shoal
