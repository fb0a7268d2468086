// The collective that a worker's place in its job calls for.
#ifndef SHOAL_WORKER_COLLECTIVE_CREATE_COLLECTIVE_H_
#define SHOAL_WORKER_COLLECTIVE_CREATE_COLLECTIVE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/coordination/coordinator_link.h"
#include "proto/coordinator_service.pb.h"
#include "worker/collective/collective.h"

namespace shoal {

// Local where the job has one worker; else Gloo over the loopback interface, which waits until all workers are
// connected, and for a silent worker cluster.give_up_after_seconds. The link is needed until the return.
absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                             CoordinatorLink* link);

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_CREATE_COLLECTIVE_H_
