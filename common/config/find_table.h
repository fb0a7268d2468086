// Tables by name.
#ifndef SHOAL_COMMON_CONFIG_FIND_TABLE_H_
#define SHOAL_COMMON_CONFIG_FIND_TABLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "proto/job.pb.h"

namespace shoal {

// Number of the job's table of that name; nothing where there is none.
absl::optional<int> FindTable(const JobConfig& job, absl::string_view name);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_FIND_TABLE_H_
