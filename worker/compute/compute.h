// What a worker computes with: the CPU, or a GPU.
//
// It makes what depends on that: the job's model, and what sums are taken over the workers by. Everything else of a
// worker is the same.
//
// Thread safety: one thread at a time, the same for all calls and for those of what it makes.
#ifndef SHOAL_WORKER_COMPUTE_COMPUTE_H_
#define SHOAL_WORKER_COMPUTE_COMPUTE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/coordination/coordinator_link.h"
#include "common/schedule/schedule.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"
#include "worker/collective/collective.h"
#include "worker/model.h"

namespace shoal {

class Compute {
 public:
  virtual ~Compute() = default;

  // "CPU", or a device's title (device_info.h).
  virtual std::string device() const = 0;
  // As CreateModel of worker/model.h. The model does not outlive this object. It sums gradients through the collective
  // that was made before it, if there is one, which must live while it trains.
  virtual absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                             const TrainingData* data) = 0;
  // As CreateCollective of worker/collective/create_collective.h.
  virtual absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                                       CoordinatorLink* link) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_COMPUTE_H_
