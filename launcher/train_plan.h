// What `shoal train` is going to do, worked out before anything is written or started.
#ifndef SHOAL_LAUNCHER_TRAIN_PLAN_H_
#define SHOAL_LAUNCHER_TRAIN_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/base/file_system.h"
#include "common/checkpoint/checkpoint_digests.h"
#include "common/data/scan_data.h"
#include "common/pretrained/match_pretrained.h"
#include "launcher/memory_plan.h"
#include "launcher/run_directory.h"
#include "launcher/run_lock.h"
#include "proto/job.pb.h"

namespace shoal {

// Where a resumed run starts.
struct ResumePoint {
  std::string checkpoint;
  uint64_t step = 0;
  CheckpointDigests digests;
};

// What a table's file of pretrained vectors has for it.
struct PretrainedTable {
  std::string table;
  PretrainedMatch match;
};

struct TrainPlan {
  RunDirectory directory;
  // The job with the defaults filled in that do not come from its data: what can be trained again. A table that got its
  // size from a vocabulary has none, for a size in a job file means that ids are taken as they stand.
  JobConfig trainable_job;
  // job.vocabulary_directory is set.
  ScannedData data;
  MemoryPlan memory;
  // Empty for a run that is resumed: its checkpoint holds the rows.
  std::vector<PretrainedTable> pretrained;
  // Nothing: start anew.
  absl::optional<ResumePoint> resume;
};

// Reads the job's data, and with `resume` the latest checkpoint in the directory, if there is one; changes nothing.
// Errors: AlreadyExists (the directory holds something else than a run to go on with, or a finished one without its
// checkpoints), FailedPrecondition (the job is not the checkpoint's), InvalidArgument (an initializer, an optimizer or
// a schedule that cannot be), those of ScanData, Cancelled (`interrupted` said so), and DataLoss (a checkpoint that is
// damaged or under another step's name; the message names the newest other one). They carry their exit code.
absl::StatusOr<TrainPlan> PlanTraining(FileSystem& files, const JobConfig& job, const std::string& output, bool resume,
                                       Interrupted interrupted = NeverInterrupted);

// The right to write the directory, for as long as the lock is held. AlreadyExists: another launcher writes there, or
// has written since the plan was made.
absl::StatusOr<RunLock> ClaimRun(FileSystem& files, const TrainPlan& plan, bool resume);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_TRAIN_PLAN_H_
