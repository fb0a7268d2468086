#include "worker/worker.h"

#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/counted.h"
#include "common/base/file_system.h"
#include "common/base/log_line.h"
#include "common/base/peak_memory.h"
#include "common/base/status_macros.h"
#include "common/coordination/is_current_group.h"
#include "common/data/load_data.h"
#include "parameter_server/checkpoint_saver.h"
#include "parameter_server/restore_shard.h"
#include "parameter_server/shard.h"
#include "worker/compute/open_compute.h"
#include "worker/embedded_parameter_client.h"
#include "worker/group_training.h"
#include "worker/grpc_parameter_client.h"
#include "worker/signal.h"
#include "worker/start_point.h"
#include "worker/worker_registration.h"

namespace shoal {
namespace {

constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(10);
// While a lost worker is started anew, which takes longer.
constexpr absl::Duration kAskForOthersAfter = absl::Milliseconds(50);

// What an embedded worker holds in place of servers.
struct EmbeddedTables {
  std::unique_ptr<Shard> shard;
  std::unique_ptr<CheckpointSaver> saver;
};

absl::StatusOr<EmbeddedTables> MakeEmbeddedTables(const RegisterReply& assignment, CoordinatorLink& link) {
  EmbeddedTables tables;
  SHOAL_ASSIGN_OR_RETURN(tables.shard, RestoreShard(PosixFileSystem(), assignment, Role::WORKER, /*index=*/0));
  tables.saver = std::make_unique<CheckpointSaver>(PosixFileSystem(), assignment, Role::WORKER, /*index=*/0, &link);
  return tables;
}

// A worker of a job, through all incarnations of its group.
class WorkerProcess {
 public:
  WorkerProcess(CoordinatorLink* link, int rank, const Accelerator* accelerator, absl::optional<int> device)
      : link_(*link), rank_(rank), accelerator_(*accelerator), device_(device), registration_(rank, getpid()) {}

  absl::Status Run();

 private:
  const JobConfig& job() const { return assignment_.job().job(); }
  bool is_embedded() const { return job().cluster().parameter_servers() == 0; }

  // Registers until the group is complete; the assignment is that of the group then.
  absl::Status Join();
  // `error` of the registration, with what led to it.
  absl::Status WithReason(const absl::Status& error) const;
  // What takes long, before the others wait for this worker.
  absl::Status Prepare();
  absl::Status JoinServers();
  absl::Status MakeClient();

  enum class Outcome { kFinished, kOtherMissing };
  absl::StatusOr<Outcome> TrainWithGroup();
  absl::StatusOr<Outcome> LeaveGroup(const absl::Status& reason, GroupTraining& training);
  absl::StatusOr<Outcome> ReportFinished(GroupTraining& training);

  CoordinatorLink& link_;
  const int rank_;
  const Accelerator& accelerator_;
  const absl::optional<int> device_;
  std::unique_ptr<Compute> compute_;
  absl::optional<TrainingData> data_;

  // Of the group's incarnation.
  RegisterReply assignment_;
  EmbeddedTables embedded_;
  RowStore* row_store_ = nullptr;
  std::unique_ptr<ParameterClient> client_;

  // What an incarnation leaves to the next one.
  absl::Status left_because_;
  WorkerRegistration registration_;
  DenseFloats dense_;  // After the step that it names.
};

absl::Status WorkerProcess::Run() {
  while (true) {
    SHOAL_RETURN_IF_ERROR(Join());
    SHOAL_ASSIGN_OR_RETURN(const Outcome outcome, TrainWithGroup());
    if (outcome == Outcome::kFinished) return absl::OkStatus();
  }
}

absl::Status WorkerProcess::Join() {
  while (true) {
    absl::StatusOr<RegisterReply> reply = link_.Register(registration_.request());
    if (!reply.ok()) return WithReason(reply.status());
    assignment_ = *std::move(reply);
    switch (registration_.Next(assignment_)) {
      case WorkerRegistration::Action::kJoinServers:
        SHOAL_RETURN_IF_ERROR(Prepare());
        SHOAL_RETURN_IF_ERROR(JoinServers());
        break;
      case WorkerRegistration::Action::kAskAgain:
        absl::SleepFor(assignment_.incarnation() > 0 ? kAskForOthersAfter : kAskAgainAfter);
        break;
      case WorkerRegistration::Action::kTrain:
        return Prepare();
    }
  }
}

absl::Status WorkerProcess::WithReason(const absl::Status& error) const {
  if (left_because_.ok()) return error;
  return absl::Status(error.code(), absl::StrCat(error.message(), "; the last time because ", left_because_.message()));
}

absl::Status WorkerProcess::Prepare() {
  if (data_.has_value()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(compute_, OpenCompute(accelerator_, job().cluster(), rank_, device_));
  SHOAL_ASSIGN_OR_RETURN(data_, LoadData(assignment_.job()));
  LogLine(absl::StrCat("worker ", rank_, ": loaded ", data_->train.num_examples, " training and ",
                       data_->validation.num_examples, " validation examples; ",
                       is_embedded() ? "embedded" : Counted(job().cluster().parameter_servers(), "parameter server"),
                       "; ", compute_->device()));
  return absl::OkStatus();
}

absl::Status WorkerProcess::JoinServers() {
  std::unique_ptr<RemoteParameterClient> client = MakeGrpcParameterClient(assignment_, rank_);
  Signal answered;
  absl::StatusOr<std::vector<RejoinReply>> servers;
  client->Rejoin([&](absl::StatusOr<std::vector<RejoinReply>> replies) {
    servers = std::move(replies);
    answered.Raise();
  });
  answered.Await();
  SHOAL_RETURN_IF_ERROR(servers.status());
  registration_.OnServersJoined(assignment_, *std::move(servers));
  client_ = std::move(client);
  return absl::OkStatus();
}

absl::Status WorkerProcess::MakeClient() {
  if (client_ != nullptr) return absl::OkStatus();  // Since it joined the servers.
  if (!is_embedded()) {
    client_ = MakeGrpcParameterClient(assignment_, rank_);
    return absl::OkStatus();
  }
  SHOAL_ASSIGN_OR_RETURN(embedded_, MakeEmbeddedTables(assignment_, link_));
  auto client = std::make_unique<EmbeddedParameterClient>(embedded_.shard.get(), embedded_.saver.get(),
                                                          job().cluster().wire_dtype());
  row_store_ = client.get();
  client_ = std::move(client);
  return absl::OkStatus();
}

absl::StatusOr<WorkerProcess::Outcome> WorkerProcess::TrainWithGroup() {
  const StartPoint start = registration_.Start(assignment_);
  SHOAL_RETURN_IF_ERROR(MakeClient());
  GroupTraining training({&link_, rank_, compute_.get(), &*data_, &assignment_});
  absl::Status status = training.Begin(start, std::move(client_), row_store_, dense_);
  if (status.ok()) {
    LogLine(absl::StrCat("worker ", rank_, ": training from step ", start.step + 1));
    status = training.Train();
  }
  if (status.ok()) return ReportFinished(training);
  const bool may_rejoin = job().cluster().max_restarts() > 0 && !is_embedded() && training.MissesOthers(status);
  if (may_rejoin) return LeaveGroup(status, training);
  training.EndCollective();
  return status;
}

absl::StatusOr<WorkerProcess::Outcome> WorkerProcess::LeaveGroup(const absl::Status& reason, GroupTraining& training) {
  LogLine(absl::StrCat("worker ", rank_, ": ", reason.message(), "; joining the other workers anew"));
  left_because_ = reason;
  if (training.has_begun()) {
    SHOAL_ASSIGN_OR_RETURN(dense_, training.TakeDense());
    registration_.OnLeft(assignment_, training.step());
  } else {
    registration_.OnLeft(assignment_);
  }
  return Outcome::kOtherMissing;
}

absl::StatusOr<WorkerProcess::Outcome> WorkerProcess::ReportFinished(GroupTraining& training) {
  LogLine(absl::StrCat("worker ", rank_, ": finished at step ", training.step()));
  FinishedReport finished;
  finished.set_role(Role::WORKER);
  finished.set_index(static_cast<uint32_t>(rank_));
  finished.set_step(training.step());
  finished.set_peak_memory_bytes(PeakMemoryBytes());
  finished.set_incarnation(assignment_.incarnation());
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const FinishedReply reply, link_.ReportFinished(finished));
    if (reply.may_exit() || job().cluster().max_restarts() == 0) return Outcome::kFinished;
    SHOAL_ASSIGN_OR_RETURN(const bool is_current, IsCurrentGroup(link_, rank_, assignment_.incarnation()));
    if (!is_current) return LeaveGroup(absl::UnavailableError("another worker was lost"), training);
    absl::SleepFor(kAskAgainAfter);
  }
}

}  // namespace

absl::Status RunWorker(CoordinatorLink& link, int rank, const Accelerator& accelerator, absl::optional<int> device) {
  return WorkerProcess(&link, rank, &accelerator, device).Run();
}

}  // namespace shoal
