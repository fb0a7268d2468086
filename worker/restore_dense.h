// The dense parameters of the checkpoint that the coordinator's assignment names.
#ifndef SHOAL_WORKER_RESTORE_DENSE_H_
#define SHOAL_WORKER_RESTORE_DENSE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/checkpoint/saved_parameter.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// By name; none where training starts anew or the job has none. Every worker reads them; DenseParameters::Restore takes
// Views of them and refuses what does not fit the model. DataLoss: the checkpoint is
// damaged or of another step than the assignment says.
absl::StatusOr<std::vector<LoadedParameter>> RestoreDense(FileSystem& file_system, const RegisterReply& assignment);

}  // namespace shoal

#endif  // SHOAL_WORKER_RESTORE_DENSE_H_
