#include "common/config/validate_job.h"

#include "common/config/message_check.h"
#include "common/config/validate_sections.h"

namespace shoal {

void ValidateJob(const JobConfig& job, const FieldLocations& locations, std::vector<Diagnostic>* problems) {
  const MessageCheck check(job, "", locations, problems);
  check.Finite(/*or_infinite=*/{"norm_type"});
  if (check.Required("data")) ValidateData(job.data(), check.Nested("data"));
  // What a network reads need not be rows.
  if (job.model().has_network() || check.Required("tables")) ValidateTables(job, check);
  if (check.Required("model")) ValidateModel(job, check);
  ValidateTraining(job.training(), check.Nested("training"));
  ValidateCluster(job, check);
}

}  // namespace shoal
