#include "worker/worker.h"

#include <unistd.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/busy_wait.h"
#include "common/base/counted.h"
#include "common/base/file_system.h"
#include "common/base/log_line.h"
#include "common/base/peak_memory.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "common/coordination/registration.h"
#include "common/data/load_data.h"
#include "parameter_server/checkpoint_saver.h"
#include "parameter_server/restore_shard.h"
#include "parameter_server/shard.h"
#include "worker/compute/open_compute.h"
#include "worker/dense_checkpoint_saver.h"
#include "worker/embedded_parameter_client.h"
#include "worker/grpc_parameter_client.h"
#include "worker/progress_reporter.h"
#include "worker/restore_dense.h"
#include "worker/step_driver.h"

namespace shoal {
namespace {

// Raised on a thread that reads from a socket, or on the worker's own, which awaits it.
class Signal {
 public:
  // Awaiting goes on for `busy_wait` before it sleeps.
  explicit Signal(absl::Duration busy_wait) : busy_wait_(busy_wait) {}

  void Raise() {
    absl::MutexLock lock(&mutex_);
    raised_ = true;
  }
  // Waits until the signal is raised, and lowers it.
  void Await() {
    BusyWait(busy_wait_, [this] { return IsRaised(); });
    // In any case: who raised the signal must have let go of it.
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Signal::IsRaised));
    raised_ = false;
  }

 private:
  bool IsRaised() const { return raised_; }

  const absl::Duration busy_wait_;
  absl::Mutex mutex_;
  std::atomic<bool> raised_ = false;  // Set under the mutex, read without it too.
};

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

// Matrix factorisation needs none: workers meet in the parameter servers alone.
absl::StatusOr<std::unique_ptr<Collective>> MakeCollective(const RegisterReply& assignment, int rank,
                                                           CoordinatorLink* link, Compute& compute) {
  if (!assignment.job().job().model().has_network()) return nullptr;
  return compute.CreateCollective(assignment, rank, link);
}

absl::Status RestoreDenseParameters(const RegisterReply& assignment, StepDriver& driver) {
  if (driver.dense_parameters() == nullptr) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const std::vector<LoadedParameter> loaded, RestoreDense(PosixFileSystem(), assignment));
  return driver.dense_parameters()->Restore(Views(loaded));
}

absl::Status Report(ProgressReporter& reporter, const Compute& compute, StepDriver& driver) {
  absl::optional<ProgressReport> report = driver.TakeReport(SteadyNow());
  if (!report.has_value()) return absl::OkStatus();
  report->set_peak_memory_bytes(PeakMemoryBytes());
  report->set_device(compute.device());
  return reporter.Send(*std::move(report));
}

absl::Status Train(CoordinatorLink& link, absl::Duration busy_wait, const Compute& compute, StepDriver& driver) {
  Signal signal(busy_wait);
  ProgressReporter reporter(&link);
  while (!driver.done()) {
    driver.Begin([&signal] { signal.Raise(); });
    signal.Await();
    SHOAL_ASSIGN_OR_RETURN(const ProgressReply reply, reporter.last_reply());
    driver.OnProgressReply(reply);
    const absl::Status status = driver.Finish(SteadyNow());
    if (!status.ok()) {
      reporter.Flush().IgnoreError();  // What has been reached is told, whatever ended it.
      return status;
    }
    SHOAL_RETURN_IF_ERROR(Report(reporter, compute, driver));
  }
  return reporter.Flush();
}

}  // namespace

absl::Status RunWorker(CoordinatorLink& link, int rank, const Accelerator& accelerator, absl::optional<int> device) {
  RegisterRequest registration;
  registration.set_role(Role::WORKER);
  registration.set_index(static_cast<uint32_t>(rank));
  registration.set_pid(getpid());
  SHOAL_ASSIGN_OR_RETURN(const RegisterReply assignment,
                         RegisterUntilReady(link, registration, [] { absl::SleepFor(absl::Milliseconds(10)); }));
  // Before the data, and before the driver, whose model it outlives.
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<Compute> compute,
                         OpenCompute(accelerator, assignment.job().job().cluster(), rank, device));
  SHOAL_ASSIGN_OR_RETURN(const TrainingData data, LoadData(assignment.job()));
  const ClusterConfig& cluster = assignment.job().job().cluster();
  const int servers = cluster.parameter_servers();
  LogLine(absl::StrCat("worker ", rank, ": loaded ", data.train.num_examples, " training and ",
                       data.validation.num_examples, " validation examples; ",
                       servers == 0 ? "embedded" : Counted(servers, "parameter server"), "; ", compute->device(),
                       "; training from step ", assignment.resume_step() + 1));

  EmbeddedTables embedded;
  DenseCheckpointSaver dense_saver(PosixFileSystem(), assignment, &link);
  std::unique_ptr<StepDriver> driver;
  // Destroyed first: their callbacks write into the driver's memory.
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<Collective> collective,
                         MakeCollective(assignment, rank, &link, *compute));
  std::unique_ptr<ParameterClient> client;
  RowStore* row_store = nullptr;
  if (servers == 0) {
    SHOAL_ASSIGN_OR_RETURN(embedded, MakeEmbeddedTables(assignment, link));
    auto embedded_client =
        std::make_unique<EmbeddedParameterClient>(embedded.shard.get(), embedded.saver.get(), cluster.wire_dtype());
    row_store = embedded_client.get();
    client = std::move(embedded_client);
  } else {
    client = MakeGrpcParameterClient(assignment, rank);
  }
  const ModelFactory create_model = [&compute](const ResolvedJob& job, const Schedule& schedule,
                                               const TrainingData* examples) {
    return compute->CreateModel(job, schedule, examples);
  };
  SHOAL_ASSIGN_OR_RETURN(
      driver, StepDriver::Create(assignment.job(), rank, assignment.resume_step(), data,
                                 {client.get(), collective.get(), &dense_saver, row_store}, SteadyNow(), create_model));
  if (!assignment.resume_from().empty()) SHOAL_RETURN_IF_ERROR(RestoreDenseParameters(assignment, *driver));
  driver->StartClock(SteadyNow());
  SHOAL_RETURN_IF_ERROR(Train(link, absl::Microseconds(cluster.busy_wait_microseconds()), *compute, *driver));
  LogLine(absl::StrCat("worker ", rank, ": finished at step ", driver->step()));

  FinishedReport finished;
  finished.set_role(Role::WORKER);
  finished.set_index(static_cast<uint32_t>(rank));
  finished.set_step(driver->step());
  finished.set_peak_memory_bytes(PeakMemoryBytes());
  return link.ReportFinished(finished).status();
}

}  // namespace shoal
