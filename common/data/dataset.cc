#include "common/data/dataset.h"

namespace shoal {
namespace {

template <typename Column>
int Find(const std::vector<Column>& columns, const std::string& name) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

int Dataset::FindIdColumn(const std::string& name) const { return Find(id_columns, name); }
int Dataset::FindNumberColumn(const std::string& name) const { return Find(number_columns, name); }
int Dataset::FindBagColumn(const std::string& name) const { return Find(bag_columns, name); }
int Dataset::FindLabelColumn(const std::string& name) const { return Find(label_columns, name); }
int Dataset::FindImageColumn(const std::string& name) const { return Find(image_columns, name); }

}  // namespace shoal
