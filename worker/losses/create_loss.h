// The registry of losses: a new loss adds its message to LossConfig and its line here.
#ifndef SHOAL_WORKER_LOSSES_CREATE_LOSS_H_
#define SHOAL_WORKER_LOSSES_CREATE_LOSS_H_

#include <memory>

#include "proto/job.pb.h"
#include "worker/losses/loss.h"

namespace shoal {

// The loss of a tower with `dim` outputs. `job` has the tables and labels that some losses read. InvalidArgument names
// the field and the value that cannot be.
absl::StatusOr<std::unique_ptr<Loss>> CreateLoss(const LossConfig& config, int dim,
                                                 const ResolvedJob& job = ResolvedJob::default_instance());

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_CREATE_LOSS_H_
