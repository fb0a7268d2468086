// Tables and columns that features share.
#ifndef SHOAL_WORKER_FEATURES_FEATURE_TABLES_H_
#define SHOAL_WORKER_FEATURES_FEATURE_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/job.pb.h"

namespace shoal {

// Number of the job's table of that name. InvalidArgument: there is none.
absl::StatusOr<int> FindFeatureTable(const JobConfig& job, const std::string& name);

// Place of `name` in `*columns`; added if need be.
int FindOrAddColumn(const std::string& name, std::vector<std::string>* columns);

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_FEATURE_TABLES_H_
