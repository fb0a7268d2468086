#include "launcher/coordinator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/config/dense_layers.h"

namespace shoal {
namespace {

RegisterReply MakeReply(const Coordinator::Options& options) {
  RegisterReply reply;
  reply.set_ready(true);
  reply.set_job_id(options.job_id);
  reply.set_incarnation(WorkerGroup::kFirstIncarnation);
  *reply.mutable_job() = options.job;
  reply.set_resume_from(options.resume_from);
  reply.set_resume_step(options.resume_step);
  reply.set_checkpoint_directory(options.checkpoint_directory);

  const int servers = options.job.job().cluster().parameter_servers();
  int partitions = 0;
  for (const TableConfig& table : options.job.job().tables()) partitions = std::max(partitions, table.num_partitions());
  for (int p = 0; servers > 0 && p < partitions; ++p) reply.add_partition_owner(p % servers);
  return reply;
}

// Bytes; the longest name of a device that CUDA gives has 256.
constexpr size_t kMaxDeviceTitle = 512;

bool IsDuration(double seconds) { return std::isfinite(seconds) && seconds >= 0; }

}  // namespace

Coordinator::Coordinator(const Options& options)
    : reply_(MakeReply(options)),
      has_dense_parameters_(HasDenseParameters(options.job.job().model())),
      members_(num_workers(), num_servers()),
      group_(num_workers()),
      was_in_group_(static_cast<size_t>(num_workers())),
      holds_dense_(static_cast<size_t>(num_workers())),
      progress_(num_workers(), options.resume_step, options.job.steps_per_epoch()),
      checkpoints_(num_holders() + (has_dense_parameters_ ? 1 : 0), options.resume_step),
      last_step_(options.resume_step),
      workers_(static_cast<size_t>(num_workers()), {0, options.resume_step, false}) {}

absl::StatusOr<RegisterReply> Coordinator::Register(const RegisterRequest& request) {
  if (request.has_step()) SHOAL_RETURN_IF_ERROR(CheckStep(reply_.resume_step(), request.step()));
  SHOAL_RETURN_IF_ERROR(members_.Register(request));
  if (request.role() == WORKER) SHOAL_RETURN_IF_ERROR(JoinGroup(request));
  if (!has_begun_ && !ready()) return RegisterReply();
  if (!std::exchange(has_begun_, true)) {
    for (const std::string& address : members_.server_addresses()) reply_.add_parameter_server_addresses(address);
    // All can make those that training starts from.
    holds_dense_.assign(holds_dense_.size(), true);
  }
  RegisterReply reply;
  if (request.role() == PARAMETER_SERVER) {
    // Workers that come together anew need the servers, which learn from each of them of its new incarnation.
    reply = reply_;
    reply.set_incarnation(WorkerGroup::kFirstIncarnation);
    return reply;
  }
  if (ready()) return reply_;
  if (!group_.has_joined(request.index())) reply = reply_;
  reply.set_incarnation(group_.incarnation());
  reply.set_ready(false);
  return reply;
}

absl::Status Coordinator::JoinGroup(const RegisterRequest& request) {
  if (request.left_incarnation() == group_.incarnation()) SHOAL_RETURN_IF_ERROR(LeaveGroup(request));
  if (request.has_step()) holds_dense_[request.index()] = true;
  const bool was_complete = group_.complete();
  group_.Join(request.index(), std::max(request.incarnation(), WorkerGroup::kFirstIncarnation),
              request.has_step() ? absl::make_optional(request.step()) : absl::nullopt);
  if (!group_.complete()) return absl::OkStatus();
  was_in_group_.assign(was_in_group_.size(), true);
  if (group_.incarnation() == WorkerGroup::kFirstIncarnation) return absl::OkStatus();
  if (!group_.furthest().has_value()) {
    return absl::FailedPreconditionError("no worker is left that holds the dense parameters");
  }
  if (!was_complete) OnRejoined();
  return absl::OkStatus();
}

absl::Status Coordinator::LeaveGroup(const RegisterRequest& request) {
  if (!group_.complete()) return absl::OkStatus();
  if (restarts_ >= max_restarts()) {
    return absl::FailedPreconditionError(absl::StrCat("worker ", request.index(),
                                                      " cannot go on without the others: they have come together anew ",
                                                      restarts_, " times (cluster.max_restarts)"));
  }
  ++restarts_;
  leave_is_unexplained_ = true;
  group_.Leave(request.left_incarnation());
  OnIncarnation();
  return absl::OkStatus();
}

void Coordinator::OnIncarnation() {
  reply_.set_incarnation(group_.incarnation());
  reply_.clear_rejoin();
  published_values_ = PublishedValues();
  for (int rank = 0; rank < num_workers(); ++rank) {
    workers_[rank].has_finished = false;
    finished_.erase(ProcessName({WORKER, rank}));
  }
  finished_workers_ = 0;
}

void Coordinator::OnRejoined() {
  leave_is_unexplained_ = false;
  const uint32_t source = *group_.furthest();
  const uint64_t step = group_.step(source);
  const uint64_t steps_per_epoch = reply_.job().steps_per_epoch();
  RejoinPoint& rejoin = *reply_.mutable_rejoin();
  rejoin.set_step(step);
  rejoin.set_dense_source(source);
  rejoin.set_epoch_reported(step % steps_per_epoch == 0 && progress_.HasEpoch(step / steps_per_epoch));
  rejoin.set_dense_saved_step(dense_saved_step_);
  progress_.CloseUpTo(step, &events_);
}

bool Coordinator::CanReplace(uint32_t rank) const {
  if (num_servers() == 0 || !has_begun_ || WorkersHaveFinished()) return false;
  if (restarts_ >= max_restarts() && !IsMissed(rank)) return false;
  if (!has_dense_parameters_) return true;
  for (uint32_t other = 0; other < workers_.size(); ++other) {
    if (other != rank && holds_dense_[other]) return true;
  }
  return false;
}

std::vector<int> Coordinator::AbsentWorkers() const {
  std::vector<int> absent;
  for (int rank = 0; rank < num_workers(); ++rank) {
    if (was_in_group_[rank] && !group_.has_joined(static_cast<uint32_t>(rank))) absent.push_back(rank);
  }
  return absent;
}

void Coordinator::LoseWorker(uint32_t rank, int64_t pid) {
  // That the others have left without it was counted.
  if (IsMissed(rank)) {
    leave_is_unexplained_ = false;
  } else {
    ++restarts_;
  }
  was_in_group_[rank] = false;
  holds_dense_[rank] = false;
  members_.Lose(rank, pid);
  const uint32_t incarnation = group_.incarnation();
  group_.Lose(rank);
  if (group_.incarnation() != incarnation) OnIncarnation();
}

absl::Status Coordinator::CheckStep(uint64_t first, uint64_t step) const {
  const uint64_t last = reply_.job().total_steps();
  if (step >= first && step <= last) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("step ", step, " is out of range: this run has steps ", reply_.resume_step() + 1, " to ", last));
}

absl::Status Coordinator::CheckEpoch(uint32_t epoch) const {
  const int epochs = reply_.job().job().training().epochs();
  if (epoch >= 1 && epoch <= static_cast<uint32_t>(epochs)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("epoch ", epoch, " is out of range: the job has epochs 1 to ", epochs));
}

absl::Status Coordinator::CheckProgress(const ProgressReport& report) const {
  SHOAL_RETURN_IF_ERROR(members_.Check(WORKER, report.worker_rank()));
  SHOAL_RETURN_IF_ERROR(CheckStep(reply_.resume_step(), report.step()));
  SHOAL_RETURN_IF_ERROR(CheckEpoch(report.epoch()));
  if (!IsDuration(report.train_seconds()) || !IsDuration(report.validation_seconds())) {
    return absl::InvalidArgumentError(absl::StrCat("seconds of epoch ", report.epoch(), " are not durations: ",
                                                   report.train_seconds(), ", ", report.validation_seconds()));
  }
  if (report.device().size() > kMaxDeviceTitle) {
    return absl::InvalidArgumentError(absl::StrCat("worker ", report.worker_rank(), " names its device in ",
                                                   report.device().size(), " bytes; at most ", kMaxDeviceTitle,
                                                   " are taken"));
  }
  if (report.row_cache_hits() > report.row_cache_reads()) {
    return absl::InvalidArgumentError(absl::StrCat("worker ", report.worker_rank(), " reports ",
                                                   report.row_cache_hits(), " hits of its row cache among ",
                                                   report.row_cache_reads(), " reads"));
  }
  for (const IntervalReport& interval : report.intervals()) {
    SHOAL_RETURN_IF_ERROR(CheckStep(reply_.resume_step() + 1, interval.step()));
    SHOAL_RETURN_IF_ERROR(CheckEpoch(interval.epoch()));
    if (!IsDuration(interval.seconds())) {
      return absl::InvalidArgumentError(absl::StrCat("seconds of the interval up to step ", interval.step(),
                                                     " are not a duration: ", interval.seconds()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ProgressReply> Coordinator::ReportProgress(const ProgressReport& report) {
  SHOAL_RETURN_IF_ERROR(CheckProgress(report));
  has_progress_ = true;
  holds_dense_[report.worker_rank()] = true;
  progress_.Add(report, &events_);
  last_step_ = std::max<uint64_t>(last_step_, report.step());
  WorkerProgress& worker = workers_[report.worker_rank()];
  ++worker.reports;
  worker.step = std::max<uint64_t>(worker.step, report.step());
  const ProcessId id = {WORKER, static_cast<int>(report.worker_rank())};
  RaisePeakMemory(id, report.peak_memory_bytes());
  if (!report.device().empty()) devices_[ProcessName(id)] = report.device();
  if (report.row_cache_reads() > 0) {
    row_cache_reads_[report.worker_rank()] = {report.row_cache_reads(), report.row_cache_hits()};
  }
  ProgressReply reply;
  reply.set_stop_requested(stop_requested_);
  return reply;
}

// The number of the part that the process reports: those of the holders of partitions, then the dense parameters.
absl::StatusOr<int> Coordinator::PartOf(const CheckpointReport& report) const {
  const ProcessId id{report.role(), static_cast<int>(report.index())};
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(absl::StrCat(ProcessTitle(id), message...));
  };
  if (report.part() == DENSE_PARAMETERS) {
    if (!has_dense_parameters_) return error(" reports dense parameters: the job has none");
    if (id.role != WORKER || id.index != 0) return error(" reports dense parameters: worker 0 saves them");
    return num_holders();
  }
  // proto3 enums are open: any number can stand in a message.
  if (report.part() != TABLES) return error(" reports part ", static_cast<int>(report.part()), ", which there is not");
  const Role holders = num_servers() > 0 ? PARAMETER_SERVER : WORKER;
  if (id.role == holders) return id.index;
  return error(" holds no partitions: they are with the ", holders == WORKER ? "worker" : "parameter servers");
}

absl::StatusOr<CheckpointReply> Coordinator::ReportCheckpoint(const CheckpointReport& report) {
  SHOAL_RETURN_IF_ERROR(members_.Check(report.role(), report.index()));
  SHOAL_ASSIGN_OR_RETURN(const int part, PartOf(report));
  SHOAL_RETURN_IF_ERROR(CheckStep(reply_.resume_step() + 1, report.step()));
  // What tells of nothing must not count as a part that is saved.
  CheckpointReport told = report;
  const bool is_empty = report.files().empty() && report.error().empty();
  const bool has_something = report.part() != TABLES || !reply_.job().job().tables().empty();
  if (is_empty && has_something) told.set_error("failed without a message");
  SHOAL_RETURN_IF_ERROR(checkpoints_.Add(part, told, &events_));
  if (report.part() == DENSE_PARAMETERS) dense_saved_step_ = std::max<uint64_t>(dense_saved_step_, report.step());
  has_progress_ = true;
  CheckpointReply reply;
  reply.set_published(checkpoints_.published(report.step()));
  return reply;
}

absl::StatusOr<FinishedReply> Coordinator::ReportFinished(const FinishedReport& report) {
  SHOAL_RETURN_IF_ERROR(members_.Check(report.role(), report.index()));
  const ProcessId id{report.role(), static_cast<int>(report.index())};
  SHOAL_RETURN_IF_ERROR(CheckStep(0, report.step()));
  RaisePeakMemory(id, report.peak_memory_bytes());
  FinishedReply reply;
  if (id.role == WORKER) {
    has_progress_ = true;
    last_step_ = std::max<uint64_t>(last_step_, report.step());
    if (!HasSavedDenseParameters(report)) return reply;
    if (max_restarts() > 0 && report.incarnation() != group_.incarnation()) return reply;
    workers_[report.index()].has_finished = true;
    if (finished_.insert(ProcessName(id)).second) ++finished_workers_;
    reply.set_may_exit(max_restarts() == 0 || WorkersHaveFinished());
  } else if (TrainingIsSaved()) {
    reply.set_may_exit(true);
    finished_.insert(ProcessName(id));
  }
  return reply;
}

// Nobody but worker 0 has the dense parameters of its last step: they must be on disk when it goes. What training
// started from is there already.
bool Coordinator::HasSavedDenseParameters(const FinishedReport& report) const {
  if (!has_dense_parameters_ || report.index() != 0 || report.step() <= reply_.resume_step()) return true;
  return checkpoints_.HasPart(num_holders(), report.step());
}

absl::StatusOr<ExchangeReply> Coordinator::Exchange(const ExchangeRequest& request) {
  SHOAL_RETURN_IF_ERROR(members_.Check(WORKER, request.worker_rank()));
  if (request.incarnation() != reply_.incarnation()) {
    return absl::FailedPreconditionError(absl::StrCat("worker ", request.worker_rank(), " is of incarnation ",
                                                      request.incarnation(), ", the job of incarnation ",
                                                      reply_.incarnation()));
  }
  if (request.has_value()) {
    SHOAL_RETURN_IF_ERROR(published_values_.Publish(request.worker_rank(), request.key(), request.value()));
  }
  ExchangeReply reply;
  if (const std::string* value = published_values_.Find(request.key())) {
    reply.set_found(true);
    reply.set_value(*value);
  }
  return reply;
}

absl::StatusOr<GroupReply> Coordinator::CheckGroup(const GroupRequest& request) {
  SHOAL_RETURN_IF_ERROR(members_.Check(WORKER, request.worker_rank()));
  GroupReply reply;
  reply.set_is_current(request.incarnation() == group_.incarnation());
  return reply;
}

bool Coordinator::TrainingIsSaved() const {
  return WorkersHaveFinished() && checkpoints_.last_published() >= last_step_;
}

std::vector<CoordinatorEvent> Coordinator::TakeEvents() { return std::exchange(events_, {}); }

RowCacheReads Coordinator::row_cache_reads() const {
  RowCacheReads all;
  for (const auto& [rank, reads] : row_cache_reads_) {
    all.reads += reads.reads;
    all.hits += reads.hits;
  }
  return all;
}

void Coordinator::RaisePeakMemory(const ProcessId& id, uint64_t bytes) {
  uint64_t& peak = peak_memory_bytes_[ProcessName(id)];
  peak = std::max(peak, bytes);
}

}  // namespace shoal
