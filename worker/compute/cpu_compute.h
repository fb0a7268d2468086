// Models on the CPU, and Gloo between them.
#ifndef SHOAL_WORKER_COMPUTE_CPU_COMPUTE_H_
#define SHOAL_WORKER_COMPUTE_CPU_COMPUTE_H_

#include <memory>
#include <string>

#include "worker/compute/compute.h"

namespace shoal {

class CpuCompute final : public Compute {
 public:
  std::string device() const override { return "CPU"; }
  absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                     const TrainingData* data) override;
  absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                               CoordinatorLink* link) override;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_CPU_COMPUTE_H_
