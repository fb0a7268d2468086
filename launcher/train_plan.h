// What `shoal train` is going to do, worked out before anything is written or started.
#ifndef SHOAL_LAUNCHER_TRAIN_PLAN_H_
#define SHOAL_LAUNCHER_TRAIN_PLAN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/base/file_system.h"
#include "common/data/load_data.h"
#include "launcher/run_directory.h"
#include "proto/job.pb.h"

namespace shoal {

// Where a resumed run starts.
struct ResumePoint {
  std::string checkpoint;
  uint64_t step = 0;
  std::string weights_digest;
};

struct TrainPlan {
  RunDirectory directory;
  // The job with the defaults filled in that do not come from its data: what can be trained again. A table that got its
  // size from a vocabulary has none, for a size in a job file means that ids are taken as they stand.
  JobConfig trainable_job;
  // job.vocabulary_directory is set.
  ScannedData data;
  // Nothing: start anew.
  absl::optional<ResumePoint> resume;
};

// Reads the job's data, and with `resume` the latest checkpoint in the directory, if there is one; changes nothing.
// Errors: AlreadyExists (a new run, and the directory is in use), FailedPrecondition (the job is not the checkpoint's),
// those of ScanData, and DataLoss (a damaged checkpoint).
absl::StatusOr<TrainPlan> PlanTraining(FileSystem& files, const JobConfig& job, const std::string& output, bool resume);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_TRAIN_PLAN_H_
