#include "worker/group_training.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
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
// At a time: 64 MiB, which is what a GPU's collective then keeps of its memory for them.
constexpr size_t kSharedFloats = size_t{16} << 20;

// The first of several threads' words counts.
class FirstStatus {
 public:
  void Set(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    if (!status_.has_value()) status_ = std::move(status);
  }
  absl::Status Await() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](absl::optional<absl::Status>* status) { return status->has_value(); }, &status_));
    return *status_;
  }

 private:
  absl::Mutex mutex_;
  absl::optional<absl::Status> status_ ABSL_GUARDED_BY(mutex_);
};

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
  meets_others_ = true;
  for (size_t begin = 0; begin < floats.size(); begin += kSharedFloats) {
    SHOAL_RETURN_IF_ERROR(Share(absl::MakeSpan(floats).subspan(begin, kSharedFloats)));
  }
  meets_others_ = false;
  PutDense(floats, *driver_->dense_parameters());
  return absl::OkStatus();
}

absl::Status GroupTraining::Share(absl::Span<float> floats) {
  FirstStatus shared;
  absl::Status status;
  {
    const GroupWatch watch(worker_.link, worker_.rank, worker_.assignment->incarnation(), kWatchPeriod,
                           [&shared](absl::Status reason) { shared.Set(std::move(reason)); });
    ShareDense(*collective_, static_cast<int>(worker_.assignment->rejoin().dense_source()), floats,
               [&shared](absl::Status done) { shared.Set(std::move(done)); });
    status = shared.Await();
  }
  if (!status.ok()) EndCollective();  // What it does still writes here.
  return status;
}

void GroupTraining::EndCollective() {
  if (collective_ != nullptr) collective_->Abandon();
  collective_.reset();
}

absl::Status GroupTraining::Train() {
  Signal signal(absl::Microseconds(job().cluster().busy_wait_microseconds()));
  ProgressReporter reporter(worker_.link);
  absl::optional<GroupWatch> watch;
  if (may_lose_workers()) {
    watch.emplace(worker_.link, worker_.rank, worker_.assignment->incarnation(), kWatchPeriod,
                  [this](absl::Status reason) {
                    driver_->Interrupt(std::move(reason));
                    // What is under way on a GPU ends, too: this thread may wait behind it.
                    if (collective_ != nullptr) collective_->Abandon();
                  });
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

bool GroupTraining::MissesOthers(const absl::Status& error) const {
  // FailedPrecondition: the coordinator knows of a later incarnation. Others are errors of this worker's own.
  const bool can_be_theirs = absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error) ||
                             absl::IsCancelled(error) || absl::IsFailedPrecondition(error);
  return can_be_theirs && (meets_others_ || (driver_ != nullptr && driver_->misses_others()));
}

absl::StatusOr<DenseFloats> GroupTraining::TakeDense() {
  client_.reset();
  EndCollective();
  if (driver_->dense_parameters() == nullptr) return DenseFloats();
  SHOAL_RETURN_IF_ERROR(driver_->FetchDense());
  return CopyDense(*driver_->dense_parameters());
}

}  // namespace shoal
