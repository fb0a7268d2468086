// Writes the dense parameters' part of a checkpoint and tells the coordinator, which publishes the checkpoint once all
// parts are there. Worker 0 alone saves: the parameters are the same on every worker.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_DENSE_CHECKPOINT_SAVER_H_
#define SHOAL_WORKER_DENSE_CHECKPOINT_SAVER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "common/coordination/coordinator_link.h"
#include "proto/coordinator_service.pb.h"
#include "worker/dense_sink.h"

namespace shoal {

class DenseCheckpointSaver : public DenseSink {
 public:
  // `file_system` and `link` outlive the saver.
  DenseCheckpointSaver(FileSystem& file_system, const RegisterReply& assignment, CoordinatorLink* link);

  // Returns once the parameters are on disk and the coordinator knows; worker 0 reports its end after that. An error
  // ends the job, and the coordinator has been told of it where it could be.
  absl::Status SaveDense(const DenseParameters& parameters, uint64_t step) override;

 private:
  FileSystem& file_system_;
  const std::string directory_;
  CoordinatorLink* const link_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_DENSE_CHECKPOINT_SAVER_H_
