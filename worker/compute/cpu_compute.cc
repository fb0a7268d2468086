#include "worker/compute/cpu_compute.h"

#include "worker/collective/create_collective.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Model>> CpuCompute::CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                               const TrainingData* data) {
  return shoal::CreateModel(job, schedule, data);
}

absl::StatusOr<std::unique_ptr<Collective>> CpuCompute::CreateCollective(const RegisterReply& assignment, int rank,
                                                                         CoordinatorLink* link) {
  return shoal::CreateCollective(assignment, rank, link);
}

}  // namespace shoal
