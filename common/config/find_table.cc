#include "common/config/find_table.h"

namespace shoal {

absl::optional<int> FindTable(const JobConfig& job, absl::string_view name) {
  for (int table = 0; table < job.tables_size(); ++table) {
    if (job.tables(table).name() == name) return table;
  }
  return absl::nullopt;
}

}  // namespace shoal
