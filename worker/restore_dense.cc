#include "worker/restore_dense.h"

#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_reader.h"

namespace shoal {

absl::StatusOr<std::vector<LoadedParameter>> RestoreDense(FileSystem& file_system, const RegisterReply& assignment) {
  if (assignment.resume_from().empty()) return std::vector<LoadedParameter>();
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader,
                         CheckpointReader::OpenStep(file_system, assignment.resume_from(), assignment.resume_step()));
  return reader.ReadParameters();
}

}  // namespace shoal
