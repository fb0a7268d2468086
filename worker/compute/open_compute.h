// Which device a worker computes with.
#ifndef SHOAL_WORKER_COMPUTE_OPEN_COMPUTE_H_
#define SHOAL_WORKER_COMPUTE_OPEN_COMPUTE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/job.pb.h"
#include "worker/compute/accelerator.h"
#include "worker/compute/compute.h"

namespace shoal {

// What a worker of the cluster computes with. FailedPrecondition: cluster.compute is CUDA, and why there is none.
// REQUIRES: cluster.compute is CPU or CUDA (a resolved job).
absl::StatusOr<std::unique_ptr<Compute>> OpenCompute(const Accelerator& accelerator, const ClusterConfig& cluster,
                                                     int rank, absl::optional<int> device);

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_OPEN_COMPUTE_H_
