#include "worker/group_training.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "common/base/file_system.h"
#include "common/base/peak_memory.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "worker/group_watch.h"
#include "worker/restore_dense.h"
#include "worker/share_dense.h"
#include "worker/signal.h"

namespace shoal {
namespace {

// How often a worker asks whether others were lost.
constexpr absl::Duration kWatchPeriod = absl::Milliseconds(250);

}  // namespace

GroupTraining::GroupTraining(const Worker& worker)
    : worker_(worker), dense_saver_(PosixFileSystem(), *worker.assignment, worker.link) {}

GroupTraining::~GroupTraining() = default;

absl::Status GroupTraining::Begin(const StartPoint& start, std::unique_ptr<ParameterClient> client, RowStore* row_store,
                                  const DenseFloats& kept) {
  client_ = std::move(client);
  // Matrix factorisation needs none: workers meet in the parameter servers alone.
  if (job().model().has_network()) {
    meets_others_ = true;
    SHOAL_ASSIGN_OR_RETURN(collective_,
                           worker_.compute->CreateCollective(*worker_.assignment, worker_.rank, worker_.link));
    meets_others_ = false;
  }
  const ModelFactory create_model = [this](const ResolvedJob& job, const Schedule& schedule, const TrainingData* data) {
    return worker_.compute->CreateModel(job, schedule, data);
  };
  SHOAL_ASSIGN_OR_RETURN(driver_, StepDriver::Create(worker_.assignment->job(), worker_.rank, start, *worker_.data,
                                                     {client_.get(), collective_.get(), &dense_saver_, row_store},
                                                     SteadyNow(), create_model));
  if (driver_->dense_parameters() != nullptr) SHOAL_RETURN_IF_ERROR(RestoreDense(kept));
  driver_->StartClock(SteadyNow());
  has_begun_ = true;
  return absl::OkStatus();
}

absl::Status GroupTraining::RestoreDense(const DenseFloats& kept) {
  const RegisterReply& assignment = *worker_.assignment;
  const bool is_source =
      !assignment.has_rejoin() || static_cast<int>(assignment.rejoin().dense_source()) == worker_.rank;
  if (!kept.empty()) {
    PutDense(kept, *driver_->dense_parameters());
  } else if (is_source && !assignment.resume_from().empty()) {
    SHOAL_ASSIGN_OR_RETURN(const std::vector<LoadedParameter> loaded,
                           shoal::RestoreDense(PosixFileSystem(), assignment));
    SHOAL_RETURN_IF_ERROR(driver_->dense_parameters()->Restore(Views(loaded)));
  }
  return assignment.has_rejoin() ? TakeOverDense() : absl::OkStatus();
}

absl::Status GroupTraining::TakeOverDense() {
  DenseFloats floats = CopyDense(*driver_->dense_parameters());
  Signal done;
  absl::Status status;
  meets_others_ = true;
  ShareDense(*collective_, static_cast<int>(worker_.assignment->rejoin().dense_source()), &floats,
             [&](absl::Status shared) {
               status = std::move(shared);
               done.Raise();
             });
  done.Await();
  SHOAL_RETURN_IF_ERROR(status);
  meets_others_ = false;
  PutDense(floats, *driver_->dense_parameters());
  return absl::OkStatus();
}

absl::Status GroupTraining::Train() {
  Signal signal(absl::Microseconds(job().cluster().busy_wait_microseconds()));
  ProgressReporter reporter(worker_.link);
  absl::optional<GroupWatch> watch;
  if (may_lose_workers()) {
    watch.emplace(worker_.link, worker_.rank, worker_.assignment->incarnation(), kWatchPeriod,
                  [this](absl::Status reason) { driver_->Interrupt(std::move(reason)); });
  }
  while (!driver_->done()) {
    driver_->Begin([&signal] { signal.Raise(); });
    signal.Await();
    SHOAL_ASSIGN_OR_RETURN(const ProgressReply reply, reporter.last_reply());
    driver_->OnProgressReply(reply);
    const absl::Status status = driver_->Finish(SteadyNow());
    if (!status.ok()) {
      // What has been reached is told, whatever ended it.
      Report(reporter, absl::InfiniteFuture()).IgnoreError();
      reporter.Flush().IgnoreError();
      return status;
    }
    SHOAL_RETURN_IF_ERROR(Report(reporter, SteadyNow()));
  }
  return reporter.Flush();
}

absl::Status GroupTraining::Report(ProgressReporter& reporter, absl::Time now) {
  absl::optional<ProgressReport> report = driver_->TakeReport(now);
  if (!report.has_value()) return absl::OkStatus();
  report->set_peak_memory_bytes(PeakMemoryBytes());
  report->set_device(worker_.compute->device());
  const bool ends_epoch = report->epoch_complete();
  SHOAL_RETURN_IF_ERROR(reporter.Send(*std::move(report)));
  // A worker that is known to have pushed a step of the next epoch must not take its report of this one with it.
  return ends_epoch && may_lose_workers() ? reporter.Flush() : absl::OkStatus();
}

bool GroupTraining::misses_others() const { return meets_others_ || (driver_ != nullptr && driver_->misses_others()); }

absl::StatusOr<DenseFloats> GroupTraining::TakeDense() {
  client_.reset();
  collective_.reset();
  if (driver_->dense_parameters() == nullptr) return DenseFloats();
  SHOAL_RETURN_IF_ERROR(driver_->FetchDense());
  return CopyDense(*driver_->dense_parameters());
}

}  // namespace shoal
