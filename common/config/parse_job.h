// From the text of a job file to the job, with all that is wrong in the text at once.
#ifndef SHOAL_COMMON_CONFIG_PARSE_JOB_H_
#define SHOAL_COMMON_CONFIG_PARSE_JOB_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "proto/job.pb.h"

namespace shoal {

// A job as written, and where.
struct ParsedJob {
  JobConfig job;
  FieldLocations locations;
};

// Adds a problem for every syntax error, unknown field, value of the wrong type and field set twice. The result holds
// all that could be understood: it can be validated in any case, which is how a user sees all problems in one run.
// `file` is the name that problems give.
ParsedJob ParseJob(absl::string_view text, const std::string& file, std::vector<Diagnostic>* problems);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_PARSE_JOB_H_
