#include "worker/features/feature_tables.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/config/find_table.h"

namespace shoal {

absl::StatusOr<int> FindFeatureTable(const JobConfig& job, const std::string& name) {
  if (const absl::optional<int> table = FindTable(job, name)) return *table;
  return absl::InvalidArgumentError(absl::StrCat("model.network.features: no table is named '", name, "'"));
}

int FindOrAddColumn(const std::string& name, std::vector<std::string>* columns) {
  const auto found = std::find(columns->begin(), columns->end(), name);
  if (found != columns->end()) return static_cast<int>(found - columns->begin());
  columns->push_back(name);
  return static_cast<int>(columns->size()) - 1;
}

}  // namespace shoal
