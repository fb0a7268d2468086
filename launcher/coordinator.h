// The coordinator of a job: membership, partition map, progress, checkpoints, the end.
//
// A plain class: messages go in, replies and events come out. It reads no clock and does no I/O; the service around it
// locks, and the launcher acts on the events. Every message can come twice, late and in any order. No message is
// trusted: what cannot be is answered with InvalidArgument and changes nothing.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_COORDINATOR_H_
#define SHOAL_LAUNCHER_COORDINATOR_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "launcher/checkpoint_collector.h"
#include "launcher/coordinator_events.h"
#include "launcher/membership.h"
#include "launcher/process_id.h"
#include "launcher/progress_merger.h"
#include "launcher/published_values.h"
#include "launcher/row_cache_reads.h"
#include "launcher/worker_group.h"
#include "launcher/worker_progress.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class Coordinator {
 public:
  struct Options {
    uint64_t job_id = 0;
    ResolvedJob job;
    // Checkpoint to start from and the last step that it holds; empty and 0: start anew.
    std::string resume_from;
    uint64_t resume_step = 0;
    std::string checkpoint_directory;
  };
  // REQUIRES: the job is valid and resolved: at least one worker, and several only with servers. It may have no tables.
  explicit Coordinator(const Options& options);

  // What the processes say; the rpcs of CoordinatorService.
  absl::StatusOr<RegisterReply> Register(const RegisterRequest& request);
  absl::StatusOr<ProgressReply> ReportProgress(const ProgressReport& report);
  absl::StatusOr<CheckpointReply> ReportCheckpoint(const CheckpointReport& report);
  absl::StatusOr<FinishedReply> ReportFinished(const FinishedReport& report);
  absl::StatusOr<ExchangeReply> Exchange(const ExchangeRequest& request);
  absl::StatusOr<GroupReply> CheckGroup(const GroupRequest& request);

  // What the launcher says. Workers learn with their next progress report that they are to stop.
  void RequestStop() { stop_requested_ = true; }
  // That process of the worker has ended without having finished. Another one is to take its place, and all workers
  // form their group anew. REQUIRES: CanReplace(rank).
  void LoseWorker(uint32_t rank, int64_t pid);
  // The checkpoint of an earlier CheckpointComplete is in place.
  void CheckpointPublished(uint64_t step) { checkpoints_.Published(step); }

  // Events since the last call, in the order in which they happened. Intervals come in the order of their steps if each
  // worker's reports do.
  std::vector<CoordinatorEvent> TakeEvents();

  // What the launcher asks.
  bool ready() const { return members_.ready() && group_.complete(); }
  // Processes that have not registered.
  std::vector<ProcessId> MissingProcesses() const { return members_.Missing(); }
  // Of the group that trains, or is being formed.
  uint32_t incarnation() const { return group_.incarnation(); }
  // Ranks that the others wait for though their processes are there and were in an earlier group: they do not come
  // back. One that is started anew reads its data first, which takes as long as it takes.
  std::vector<int> AbsentWorkers() const;
  // Whether the job can go on without the worker's process, once another one has taken its place: max_restarts allows
  // for it, the rows are on servers, the dense parameters with another worker, and the job is not over.
  bool CanReplace(uint32_t rank) const;
  // How often workers were lost, or lost each other; what max_restarts bounds.
  int restarts() const { return restarts_; }
  // Whether no worker is needed any more.
  bool WorkersHaveFinished() const { return finished_workers_ == num_workers(); }
  ProgressSnapshot Progress() const { return progress_.Snapshot(); }
  // Whether the process has reported its end and been told that it may exit.
  bool HasFinished(const ProcessId& id) const { return finished_.count(ProcessName(id)) > 0; }
  // Whether a process has reported more than that it is there: progress, a checkpoint or a worker's end.
  bool has_progress() const { return has_progress_; }
  // By rank.
  const std::vector<WorkerProgress>& workers() const { return workers_; }
  // Last step that a worker has completed.
  uint64_t last_step() const { return last_step_; }
  // Highest figure that each process has reported, by its name.
  const std::map<std::string, uint64_t>& peak_memory_bytes() const { return peak_memory_bytes_; }
  // What each worker computes with, by its name, once it has reported progress.
  const std::map<std::string, std::string>& devices() const { return devices_; }
  // Of the workers that have a row cache, together.
  RowCacheReads row_cache_reads() const;

 private:
  int num_workers() const { return reply_.job().job().cluster().workers(); }
  int num_servers() const { return reply_.job().job().cluster().parameter_servers(); }
  int num_holders() const { return std::max(1, num_servers()); }
  int max_restarts() const { return reply_.job().job().cluster().max_restarts(); }
  absl::Status JoinGroup(const RegisterRequest& request);
  absl::Status LeaveGroup(const RegisterRequest& request);
  // Whether workers have left the group because they miss that one.
  bool IsMissed(uint32_t rank) const { return leave_is_unexplained_ && !group_.has_joined(rank); }
  // The group is being formed anew.
  void OnIncarnation();
  // It is complete again.
  void OnRejoined();
  absl::StatusOr<int> PartOf(const CheckpointReport& report) const;
  bool HasSavedDenseParameters(const FinishedReport& report) const;
  absl::Status CheckStep(uint64_t first, uint64_t step) const;
  absl::Status CheckEpoch(uint32_t epoch) const;
  absl::Status CheckProgress(const ProgressReport& report) const;
  bool TrainingIsSaved() const;
  void RaisePeakMemory(const ProcessId& id, uint64_t bytes);

  // What every process is told once all are there.
  RegisterReply reply_;
  const bool has_dense_parameters_;
  Membership members_;
  WorkerGroup group_;
  int restarts_ = 0;
  bool leave_is_unexplained_ = false;  // Workers have left the last group, and none of them is known to be lost.
  // By rank: the process has been in a group.
  std::vector<bool> was_in_group_;
  // By rank: the process can give dense parameters to others, if it is there.
  std::vector<bool> holds_dense_;
  uint64_t dense_saved_step_ = 0;
  ProgressMerger progress_;
  CheckpointCollector checkpoints_;
  PublishedValues published_values_;
  bool has_begun_ = false;  // All processes have been there.
  bool stop_requested_ = false;
  bool has_progress_ = false;
  uint64_t last_step_;
  std::vector<WorkerProgress> workers_;
  std::set<std::string> finished_;  // By process name.
  int finished_workers_ = 0;
  std::map<std::string, uint64_t> peak_memory_bytes_;
  std::map<std::string, std::string> devices_;
  std::map<uint32_t, RowCacheReads> row_cache_reads_;  // By worker rank.
  std::vector<CoordinatorEvent> events_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COORDINATOR_H_
