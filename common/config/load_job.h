// From a job file and the command line to a job that can be run: the one entry point to a job's configuration.
#ifndef SHOAL_COMMON_CONFIG_LOAD_JOB_H_
#define SHOAL_COMMON_CONFIG_LOAD_JOB_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/config/diagnostic.h"
#include "common/config/expand_paths.h"
#include "proto/job.pb.h"

namespace shoal {

// Reads the file, applies the overrides ("training.epochs=3") in order, expands ${NAME} in paths, makes
// relative ones those of the current folder, and validates.
// `problems` is replaced by everything that is wrong, in the order of the file.
// Errors: InvalidArgument, where there are problems; the operating system's (NotFound, ...), with the path, where the
// file cannot be read: `problems` is then empty.
absl::StatusOr<JobConfig> LoadJob(const std::string& path, const std::vector<std::string>& overrides,
                                  EnvironmentLookup environment, std::vector<Diagnostic>* problems);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_LOAD_JOB_H_
