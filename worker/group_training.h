// A worker's training with one incarnation of its group: its lines to the other workers and to the tables, its driver,
// and the thread that reports.
//
// Thread safety: one thread.
#ifndef SHOAL_WORKER_GROUP_TRAINING_H_
#define SHOAL_WORKER_GROUP_TRAINING_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/coordination/coordinator_link.h"
#include "common/data/load_data.h"
#include "proto/coordinator_service.pb.h"
#include "worker/collective/collective.h"
#include "worker/compute/compute.h"
#include "worker/dense_checkpoint_saver.h"
#include "worker/parameter_client.h"
#include "worker/progress_reporter.h"
#include "worker/start_point.h"
#include "worker/step_driver.h"

namespace shoal {

// Dense parameters and their optimizer's state, as worker/share_dense.h has them; empty: none are known.
using DenseFloats = std::vector<float>;

class GroupTraining {
 public:
  // All outlive the training.
  struct Worker {
    CoordinatorLink* link;
    int rank;
    Compute* compute;
    const TrainingData* data;
    const RegisterReply* assignment;
  };
  explicit GroupTraining(const Worker& worker);
  ~GroupTraining();

  // Connects to the other workers, where the model needs them, and makes the driver, with the dense parameters that the
  // group goes on with. `row_store`: as StepDriver::Links has it. `kept`: what this worker kept of an earlier
  // incarnation.
  absl::Status Begin(const StartPoint& start, std::unique_ptr<ParameterClient> client, RowStore* row_store,
                     const DenseFloats& kept);
  // REQUIRES: Begin.
  absl::Status Train();

  // This worker leaves the others, who need not wait for it.
  void EndCollective();

  // Whether the error of Begin or Train says that another worker is missing.
  bool MissesOthers(const absl::Status& error) const;
  // Whether Begin has succeeded: this worker has come to step(), the last that is known to be applied on all servers.
  bool has_begun() const { return has_begun_; }
  uint64_t step() const { return driver_->step(); }
  // The dense parameters after step(), empty where the job has none. Nothing else may be called afterwards. REQUIRES:
  // has_begun().
  absl::StatusOr<DenseFloats> TakeDense();

 private:
  const JobConfig& job() const { return worker_.assignment->job().job(); }
  bool may_lose_workers() const { return job().cluster().max_restarts() > 0; }
  absl::Status RestoreDense(const DenseFloats& kept);
  // Takes them over from the worker that holds them.
  absl::Status TakeOverDense();
  absl::Status Share(absl::Span<float> floats);
  absl::Status Report(ProgressReporter& reporter, absl::Time now);

  const Worker worker_;
  DenseCheckpointSaver dense_saver_;
  bool has_begun_ = false;
  bool meets_others_ = false;  // What is under way is with the other workers.
  std::unique_ptr<StepDriver> driver_;
  // Destroyed first: their callbacks write into the driver's memory.
  std::unique_ptr<Collective> collective_;
  std::unique_ptr<ParameterClient> client_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_GROUP_TRAINING_H_
