// One run of a job: starts its processes, acts on what they report, and ends when all of them have, or when one fails.
//
// Thread safety: external; use it from the main thread (see Process).
#ifndef SHOAL_LAUNCHER_TRAINING_RUN_H_
#define SHOAL_LAUNCHER_TRAINING_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/file_system.h"
#include "common/checkpoint/checkpoint_digests.h"
#include "launcher/absence_watch.h"
#include "launcher/coordinator_service.h"
#include "launcher/metrics_log.h"
#include "launcher/process_plan.h"
#include "launcher/progress.h"
#include "launcher/run_directory.h"
#include "launcher/signal_watcher.h"
#include "launcher/silence_watch.h"
#include "launcher/socket_directory.h"
#include "launcher/summary.h"
#include "launcher/summary_writer.h"
#include "launcher/supervisor.h"
#include "proto/job.pb.h"

namespace shoal {

// A checkpoint in its final place.
struct PublishedCheckpoint {
  std::string path;
  CheckpointDigests digests;
};

// How a run ended that did not fail.
struct TrainingEnd {
  enum Kind {
    kFinished,
    kStopped,  // By a signal, after a checkpoint or before any progress: can be resumed.
    kKilled,   // By a second signal.
  };
  Kind kind = kFinished;
  uint64_t step = 0;
  int signal = 0;  // The last one received.
};

class TrainingRun {
 public:
  struct Options {
    Coordinator::Options coordinator;
    RunDirectory directory;
    std::string binary_directory;
    std::string temporary_directory;
    // Puts the checkpoint of a step in place, all of its files being there.
    std::function<absl::StatusOr<PublishedCheckpoint>(uint64_t step, const std::vector<CheckpointFile>& files)> publish;
    // Removes checkpoints that are no longer kept; after each publication, once the processes can learn of it.
    std::function<absl::Status()> prune;
    // For epochs the summary is written at most so often.
    absl::Duration summary_period = absl::Seconds(1);
    // Workers that have not reported progress for so long are shown.
    absl::Duration silence_limit = absl::Minutes(1);
  };
  // Where the run is shown and recorded; all outlive it.
  struct Outputs {
    FileSystem* files;
    ProgressDisplay* display;
    MetricsLog* metrics;
    Summary* summary;
  };
  // `signals` outlives the run.
  TrainingRun(Options options, SignalWatcher* signals, const Outputs& outputs);

  // Once. However it ends, no child is left, and the summary on disk says how it ended. The error of a child's death
  // names role, index, pid and status and shows the end of its log; that of a startup timeout, the processes that have
  // not registered.
  absl::StatusOr<TrainingEnd> Run();

 private:
  absl::Status Start();
  absl::Status WaitAndAct();
  void TakeSignals();
  absl::Status TakeReports();
  absl::Status Act(const CoordinatorEvent& event);
  absl::Status Publish(const CheckpointComplete& checkpoint);
  absl::Status CheckExit(const ProcessExit& exit);
  // Whether the job can go on though the process has ended before its time: a worker is started anew.
  absl::StatusOr<bool> GoesOnWithout(const ProcessExit& exit);
  absl::Status StartProcess(const PlannedProcess& process);
  absl::Status CheckStartup();
  void CheckSilence();
  // Workers that do not come back to the others are killed; CheckExit decides what becomes of the run.
  void CheckAbsence();
  absl::StatusOr<TrainingEnd> Conclude();
  bool MustEnd() const { return stopped_early_ || signals_taken_ >= 2; }

  const ResolvedJob& job() const { return options_.coordinator.job; }

  const Options options_;
  SignalWatcher* const signals_;
  const Outputs outputs_;
  SummaryWriter summary_writer_;
  SilenceWatch silence_;
  AbsenceWatch absence_;
  std::unique_ptr<SocketDirectory> sockets_;
  std::unique_ptr<CoordinatorServer> server_;
  Supervisor supervisor_;
  ProcessPlan plan_;
  absl::Time startup_deadline_ = absl::InfiniteFuture();
  bool ready_ = false;
  // A signal came before any progress: there is nothing to save.
  bool stopped_early_ = false;
  int signals_taken_ = 0;
  int last_signal_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_TRAINING_RUN_H_
