// Whether a job can be run: what proto/job.proto demands of its values, alone and together.
#ifndef SHOAL_COMMON_CONFIG_VALIDATE_JOB_H_
#define SHOAL_COMMON_CONFIG_VALIDATE_JOB_H_

#include <vector>

#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "proto/job.pb.h"

namespace shoal {

// Adds a problem for every value that is missing, out of range or not finite, and for every two that contradict each
// other. No problem follows from another: what `locations` knows as unreadable is not missing as well.
// What only the data can tell (an id out of range, a column absent from a header line) is found when it is read.
void ValidateJob(const JobConfig& job, const FieldLocations& locations, std::vector<Diagnostic>* problems);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_VALIDATE_JOB_H_
