// The paths of a job as they count: without environment variables, and absolute.
#ifndef SHOAL_COMMON_CONFIG_EXPAND_PATHS_H_
#define SHOAL_COMMON_CONFIG_EXPAND_PATHS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/optional.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "proto/job.pb.h"

namespace shoal {

// The value of an environment variable, or nothing where it is not set.
using EnvironmentLookup = absl::FunctionRef<absl::optional<std::string>(const std::string& name)>;

// Replaces ${NAME} by its value in every path of the job; values are not expanded again. What is then relative is put
// below `directory`, which is absolute: a job that is saved means the same files wherever it is read. Adds a problem
// for each variable that is unset or empty and for a ${ that is no variable, and leaves such a path as it is.
void ExpandPaths(EnvironmentLookup environment, const std::string& directory, JobConfig* job,
                 const FieldLocations& locations, std::vector<Diagnostic>* problems);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_EXPAND_PATHS_H_
