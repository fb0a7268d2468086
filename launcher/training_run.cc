#include "launcher/training_run.h"

#include <string.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "launcher/log_tail.h"

namespace shoal {
namespace {

constexpr int kStartupLogLines = 10;

absl::string_view StatusName(TrainingEnd::Kind kind) {
  switch (kind) {
    case TrainingEnd::kFinished:
      return "finished";
    case TrainingEnd::kStopped:
      return "stopped";
    case TrainingEnd::kKilled:
      return "killed";
  }
  return "";
}

}  // namespace

TrainingRun::TrainingRun(Options options, SignalWatcher* signals, const Outputs& outputs)
    : options_(std::move(options)),
      signals_(signals),
      outputs_(outputs),
      summary_writer_(outputs.summary, outputs.files, options_.directory.summary_file(), options_.summary_period),
      silence_(options_.silence_limit),
      absence_(absl::Seconds(options_.coordinator.job.job().cluster().give_up_after_seconds())) {}

absl::StatusOr<TrainingEnd> TrainingRun::Run() {
  absl::Status status = Start();
  while (status.ok() && !MustEnd() && supervisor_.num_running() > 0) status = WaitAndAct();
  absl::StatusOr<TrainingEnd> end = status.ok() ? Conclude() : status;
  supervisor_.KillAll();
  if (end.ok()) {
    outputs_.summary->SetStatus(StatusName(end->kind));
  } else {
    outputs_.summary->SetFailed(end.status().message());
  }
  const absl::Status written = summary_writer_.Write(SteadyNow());
  if (end.ok() && !written.ok()) return written;
  return end;
}

absl::Status TrainingRun::Start() {
  SHOAL_ASSIGN_OR_RETURN(sockets_, SocketDirectory::Create(options_.temporary_directory));
  const ClusterConfig& cluster = job().job().cluster();
  plan_ = PlanProcesses(cluster, {options_.binary_directory, sockets_->path(), options_.directory.logs()});
  SHOAL_ASSIGN_OR_RETURN(server_, CoordinatorServer::Start(plan_.coordinator_address, options_.coordinator));
  SHOAL_RETURN_IF_ERROR(summary_writer_.Write(SteadyNow()));
  for (const PlannedProcess& process : plan_.processes) SHOAL_RETURN_IF_ERROR(StartProcess(process));
  return absl::OkStatus();
}

absl::Status TrainingRun::StartProcess(const PlannedProcess& process) {
  startup_deadline_ = SteadyNow() + absl::Seconds(job().job().cluster().startup_timeout_seconds());
  return supervisor_.Start(process.id, {process.command, process.log_path});
}

absl::Status TrainingRun::WaitAndAct() {
  SHOAL_ASSIGN_OR_RETURN(
      const std::vector<ProcessExit> exits,
      supervisor_.Wait({server_->wake_event().fd(), signals_->fd()},
                       std::min({summary_writer_.due(), absence_.due(), ready_ ? silence_.due() : startup_deadline_})));
  TakeSignals();
  // Before the exits: what a process reported before it ended counts.
  SHOAL_RETURN_IF_ERROR(TakeReports());
  SHOAL_RETURN_IF_ERROR(summary_writer_.WriteIfDue(SteadyNow()));
  if (MustEnd()) return absl::OkStatus();
  for (const ProcessExit& exit : exits) SHOAL_RETURN_IF_ERROR(CheckExit(exit));
  if (ready_) CheckSilence();
  CheckAbsence();
  return CheckStartup();
}

void TrainingRun::TakeSignals() {
  while (const absl::optional<int> signal = signals_->Take()) {
    last_signal_ = *signal;
    if (++signals_taken_ > 1) return;
    server_->Visit([this](Coordinator& coordinator) {
      stopped_early_ = !coordinator.has_progress();
      coordinator.RequestStop();
    });
    if (stopped_early_) return;
    outputs_.display->ShowLine(
        absl::StrCat("SIG", sigabbrev_np(last_signal_), ": saving a checkpoint and stopping; a second signal kills"));
  }
}

absl::Status TrainingRun::TakeReports() {
  // Cleared first: what arrives after the visit sets it again.
  server_->wake_event().Clear();
  std::vector<CoordinatorEvent> events;
  ProgressSnapshot progress;
  server_->Visit([&](Coordinator& coordinator) {
    events = coordinator.TakeEvents();
    progress = coordinator.Progress();
    // Workers that come together anew are those of the silence watch.
    ready_ = coordinator.MissingProcesses().empty();
    outputs_.summary->SetRestarts(coordinator.restarts());
    outputs_.summary->SetPeakMemory(coordinator.peak_memory_bytes());
    outputs_.summary->SetDevices(coordinator.devices());
    outputs_.summary->SetRowCacheReads(coordinator.row_cache_reads());
  });
  outputs_.summary->SetSteps(progress.step);
  for (const CoordinatorEvent& event : events) SHOAL_RETURN_IF_ERROR(Act(event));
  outputs_.display->Update(progress);
  return absl::OkStatus();
}

absl::Status TrainingRun::Act(const CoordinatorEvent& event) {
  if (const auto* interval = std::get_if<IntervalRecord>(&event)) {
    outputs_.summary->AddInterval(*interval);
    outputs_.display->ShowInterval(*interval);
    return outputs_.metrics->Append(*interval, absl::Now());
  }
  if (const auto* epoch = std::get_if<EpochRecord>(&event)) {
    outputs_.summary->AddEpoch(*epoch);
    outputs_.display->ShowEpoch(*epoch);
    summary_writer_.OnChange();
    return absl::OkStatus();
  }
  if (const auto* checkpoint = std::get_if<CheckpointComplete>(&event)) return Publish(*checkpoint);
  const auto& failed = std::get<CheckpointFailed>(event);
  return absl::UnavailableError(absl::StrCat(ProcessTitle(failed.holder),
                                             " could not write its part of the checkpoint of step ", failed.step, ": ",
                                             failed.error));
}

absl::Status TrainingRun::Publish(const CheckpointComplete& checkpoint) {
  SHOAL_ASSIGN_OR_RETURN(const PublishedCheckpoint published, options_.publish(checkpoint.step, checkpoint.files));
  outputs_.summary->SetCheckpoint(checkpoint.step, published.path, published.digests);
  SHOAL_RETURN_IF_ERROR(summary_writer_.Write(SteadyNow()));
  server_->Visit([&](Coordinator& coordinator) { coordinator.CheckpointPublished(checkpoint.step); });
  return options_.prune();
}

absl::Status TrainingRun::CheckExit(const ProcessExit& exit) {
  bool finished = false;
  server_->Visit([&](Coordinator& coordinator) { finished = coordinator.HasFinished(exit.id); });
  if (finished && exit.wait_status == 0) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const bool goes_on, GoesOnWithout(exit));
  if (goes_on) return absl::OkStatus();
  return absl::AbortedError(
      DescribeProcessExit(exit, exit.wait_status == 0 ? " without having finished its work" : ""));
}

absl::StatusOr<bool> TrainingRun::GoesOnWithout(const ProcessExit& exit) {
  const int max_restarts = job().job().cluster().max_restarts();
  if (exit.id.role != WORKER || max_restarts == 0) return false;
  bool is_needed = true;
  bool is_replaced = false;
  int restarts = 0;
  server_->Visit([&](Coordinator& coordinator) {
    const auto rank = static_cast<uint32_t>(exit.id.index);
    is_needed = !coordinator.WorkersHaveFinished();
    is_replaced = coordinator.CanReplace(rank);
    if (is_replaced) coordinator.LoseWorker(rank, exit.pid);
    restarts = coordinator.restarts();
  });
  if (!is_replaced) return !is_needed;
  ready_ = false;
  outputs_.summary->SetRestarts(restarts);
  outputs_.display->ShowLine(absl::StrCat(ProcessTitle(exit.id), " (pid ", exit.pid, ") ",
                                          DescribeExit(exit.wait_status), "; starting it anew (", restarts, " of ",
                                          max_restarts, " restarts); its log is ", exit.log_path));
  for (const PlannedProcess& process : plan_.processes) {
    if (process.id == exit.id) SHOAL_RETURN_IF_ERROR(StartProcess(process));
  }
  return true;
}

absl::Status TrainingRun::CheckStartup() {
  if (ready_ || SteadyNow() < startup_deadline_) return absl::OkStatus();
  std::vector<ProcessId> missing;
  server_->Visit([&](Coordinator& coordinator) { missing = coordinator.MissingProcesses(); });
  const auto title = [](std::string* out, const ProcessId& id) { absl::StrAppend(out, ProcessTitle(id)); };
  std::string message =
      absl::StrCat("not ready after ", job().job().cluster().startup_timeout_seconds(),
                   " s (cluster.startup_timeout_seconds): ", absl::StrJoin(missing, ", ", title), "\n");
  for (const ProcessId& id : missing) {
    absl::StrAppend(&message, DescribeLog(supervisor_.log_path(id), kStartupLogLines));
  }
  return absl::DeadlineExceededError(message);
}

void TrainingRun::CheckSilence() {
  std::vector<WorkerProgress> workers;
  server_->Visit([&](Coordinator& coordinator) { workers = coordinator.workers(); });
  const std::vector<int> silent = silence_.TakeSilent(SteadyNow(), workers);
  if (silent.empty()) return;
  outputs_.display->ShowLine(DescribeSilence(silent, workers, options_.silence_limit, options_.directory.logs()));
}

void TrainingRun::CheckAbsence() {
  std::vector<int> absent;
  uint32_t incarnation = 0;
  server_->Visit([&](Coordinator& coordinator) {
    absent = coordinator.AbsentWorkers();
    incarnation = coordinator.incarnation();
  });
  for (const int rank : absence_.TakeOverdue(SteadyNow(), incarnation, std::move(absent))) {
    const ProcessId id = {WORKER, rank};
    outputs_.display->ShowLine(absl::StrCat(ProcessTitle(id), " does not come back to the others, who have waited for ",
                                            job().job().cluster().give_up_after_seconds(),
                                            " s (cluster.give_up_after_seconds); killing it"));
    supervisor_.Kill(id);
  }
}

absl::StatusOr<TrainingEnd> TrainingRun::Conclude() {
  TrainingEnd end;
  server_->Visit([&](Coordinator& coordinator) { end.step = coordinator.last_step(); });
  end.signal = last_signal_;
  const uint64_t total = job().total_steps();
  if (signals_taken_ >= 2) {
    end.kind = TrainingEnd::kKilled;
  } else if (end.step < total && signals_taken_ == 0) {
    return absl::InternalError(absl::StrCat("the workers ended at step ", end.step, " of ", total));
  } else {
    // All steps may be taken and a validation be owed, by a run that was killed behind its last checkpoint.
    const bool is_finished = end.step >= total && !stopped_early_;
    end.kind = is_finished ? TrainingEnd::kFinished : TrainingEnd::kStopped;
  }
  return end;
}

}  // namespace shoal
