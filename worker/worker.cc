#include "worker/worker.h"

#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/file_system.h"
#include "common/base/log_line.h"
#include "common/base/peak_memory.h"
#include "common/base/status_macros.h"
#include "common/coordination/registration.h"
#include "common/data/load_data.h"
#include "parameter_server/checkpoint_saver.h"
#include "parameter_server/restore_shard.h"
#include "parameter_server/shard.h"
#include "worker/compute/open_compute.h"
#include "worker/dense_checkpoint_saver.h"
#include "worker/embedded_parameter_client.h"
#include "worker/grpc_parameter_client.h"
#include "worker/restore_dense.h"
#include "worker/step_driver.h"

namespace shoal {
namespace {

// Raised on a gRPC thread, awaited on the worker's.
class Signal {
 public:
  void Raise() {
    absl::MutexLock lock(&mutex_);
    raised_ = true;
  }
  // Waits until the signal is raised, and lowers it.
  void Await() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&raised_));
    raised_ = false;
  }

 private:
  absl::Mutex mutex_;
  bool raised_ ABSL_GUARDED_BY(mutex_) = false;
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

absl::Status Report(CoordinatorLink& link, const Compute& compute, StepDriver& driver) {
  absl::optional<ProgressReport> report = driver.TakeReport(absl::Now());
  if (!report.has_value()) return absl::OkStatus();
  report->set_peak_memory_bytes(PeakMemoryBytes());
  report->set_device(compute.device());
  SHOAL_ASSIGN_OR_RETURN(const ProgressReply reply, link.ReportProgress(*report));
  driver.OnProgressReply(reply);
  return absl::OkStatus();
}

absl::Status Train(CoordinatorLink& link, const Compute& compute, StepDriver& driver) {
  Signal signal;
  while (!driver.done()) {
    driver.Begin([&signal] { signal.Raise(); });
    signal.Await();
    SHOAL_RETURN_IF_ERROR(driver.Finish(absl::Now()));
    SHOAL_RETURN_IF_ERROR(Report(link, compute, driver));
  }
  return absl::OkStatus();
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
  const int servers = assignment.job().job().cluster().parameter_servers();
  LogLine(absl::StrCat("worker ", rank, ": loaded ", data.train.num_examples, " training and ",
                       data.validation.num_examples, " validation examples; ",
                       servers == 0 ? "embedded" : absl::StrCat(servers, " parameter servers"), "; ", compute->device(),
                       "; training from step ", assignment.resume_step() + 1));

  EmbeddedTables embedded;
  DenseCheckpointSaver dense_saver(PosixFileSystem(), assignment, &link);
  std::unique_ptr<StepDriver> driver;
  // Destroyed first: their callbacks write into the driver's memory.
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<Collective> collective,
                         MakeCollective(assignment, rank, &link, *compute));
  std::unique_ptr<ParameterClient> client;
  if (servers == 0) {
    SHOAL_ASSIGN_OR_RETURN(embedded, MakeEmbeddedTables(assignment, link));
    client = std::make_unique<EmbeddedParameterClient>(embedded.shard.get(), embedded.saver.get());
  } else {
    client = MakeGrpcParameterClient(assignment, rank);
  }
  const ModelFactory create_model = [&compute](const ResolvedJob& job, const Schedule& schedule,
                                               const TrainingData* examples) {
    return compute->CreateModel(job, schedule, examples);
  };
  SHOAL_ASSIGN_OR_RETURN(driver,
                         StepDriver::Create(assignment.job(), rank, assignment.resume_step(), data,
                                            {client.get(), collective.get(), &dense_saver}, absl::Now(), create_model));
  if (!assignment.resume_from().empty()) SHOAL_RETURN_IF_ERROR(RestoreDenseParameters(assignment, *driver));
  SHOAL_RETURN_IF_ERROR(Train(link, *compute, *driver));
  LogLine(absl::StrCat("worker ", rank, ": finished at step ", driver->step()));

  FinishedReport finished;
  finished.set_role(Role::WORKER);
  finished.set_index(static_cast<uint32_t>(rank));
  finished.set_step(driver->step());
  finished.set_peak_memory_bytes(PeakMemoryBytes());
  finished.set_step(driver->step());
  return link.ReportFinished(finished).status();
}

}  // namespace shoal
