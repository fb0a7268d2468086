// A worker's way through a training job: pull, compute, push, step after step; validation after each epoch; what to
// report; when to save and stop. No I/O, no threads, no clock: the caller waits, sends the reports and tells the time.
//
// A step of a model with dense parameters, or whose loss needs all workers' outputs, takes several turns of the loop.
//
//   while (!driver->done()) {
//     driver->Begin([&] { signal.Notify(); });
//     signal.Wait();
//     RETURN_IF_ERROR(driver->Finish(now));
//     if (auto report = driver->TakeReport(now)) driver->OnProgressReply(link.ReportProgress(*report));
//   }
//
// All workers of a job take the same steps; which examples each computes is a pure function of (job, step, rank). A
// stop is decided by rank 0 in its push and reaches every worker with the next pull, so all stop at the same step.
//
// Thread safety: one thread calls; `ready` may be called on another.
#ifndef SHOAL_WORKER_STEP_DRIVER_H_
#define SHOAL_WORKER_STEP_DRIVER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/data/batch_sampler.h"
#include "common/data/load_data.h"
#include "common/data/training_sampler.h"
#include "common/schedule/schedule.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"
#include "worker/batch_lookups.h"
#include "worker/collective/collective.h"
#include "worker/dense_sink.h"
#include "worker/model.h"
#include "worker/parameter_client.h"
#include "worker/row_store.h"
#include "worker/start_point.h"

namespace shoal {

class ResidentTables;

class StepDriver {
 public:
  // How the driver reaches the other processes. All outlive the driver; but for callbacks under way client and
  // collective must be gone before the driver is.
  struct Links {
    ParameterClient* client;
    // May be null where there is one worker, or a model that neither has dense parameters nor needs others' outputs.
    Collective* collective = nullptr;
    // May be null where there are no dense parameters, and on other ranks than 0.
    DenseSink* dense_sink = nullptr;
    // Of an embedded worker: its tables. Null: servers hold them.
    RowStore* row_store = nullptr;
  };
  // `data` outlives the driver.
  static absl::StatusOr<std::unique_ptr<StepDriver>> Create(const ResolvedJob& job, int rank, const StartPoint& start,
                                                            const TrainingData& data, Links links, absl::Time now,
                                                            const ModelFactory& create_model = CreateModel);

  // The model's, to be restored before the first Begin; null where it has none.
  DenseParameters* dense_parameters() { return model_->dense_parameters(); }
  // Training begins now: what came before, rows and parameters that were loaded, is not its time. Else it begins at
  // Create's `now`.
  void StartClock(absl::Time now) { interval_start_ = epoch_start_ = validation_start_ = last_report_ = now; }

  // Training and its validations are over, or were stopped.
  bool done() const { return operation_.kind == Operation::kDone; }
  // Last step that is known to be applied everywhere.
  uint64_t step() const { return step_; }

  // Ends what the driver waits for, and all that follows, with that error: another worker is missing. Thread-safe.
  void Interrupt(absl::Status reason) { pending_->OnCollected(std::move(reason)); }
  // Whether another worker is missing, by Interrupt or by an operation of the collective: the error of Finish is not
  // this worker's own. What it has of step() is whole.
  bool misses_others() const;
  // Brings dense parameters to the host, those after step(), once the driver has failed. REQUIRES: there are some.
  absl::Status FetchDense() { return model_->FetchDense(); }

  // Asks for the rows of what comes next; `ready` is called once, when Finish may be called. REQUIRES: !done().
  void Begin(absl::AnyInvocable<void()> ready);

  // Computes on the rows and hands the result over. An error is final.
  absl::Status Finish(absl::Time now);

  // The report that is due: intervals as soon as `kReportInterval` has passed since the last one, epochs at once.
  absl::optional<ProgressReport> TakeReport(absl::Time now);
  void OnProgressReply(const ProgressReply& reply);

  static constexpr absl::Duration kReportInterval = absl::Milliseconds(250);

 private:
  // What the driver is about: the pull under way is for it.
  struct Operation {
    enum Kind {
      kTrain,     // Step `step`.
      kValidate,  // Validation batch `batch` (from 1) on the rows before `step`.
      kDrain,     // Nothing but the certainty that everything before `step` is applied and saved.
      kDone,
    };
    Kind kind;
    uint64_t step;
    int64_t batch;
  };
  // Shared with callbacks, which may come on other threads.
  struct Pending {
    absl::Mutex mutex;
    absl::AnyInvocable<void()> ready ABSL_GUARDED_BY(mutex);
    absl::Status status ABSL_GUARDED_BY(mutex);
    Boundary boundary ABSL_GUARDED_BY(mutex) = CONTINUE;
    bool other_is_missing ABSL_GUARDED_BY(mutex) = false;

    // Keeps `on_ready` until the next event. False: an error is known already; `on_ready` is untouched.
    bool Await(absl::AnyInvocable<void()>* on_ready);
    // Records an event's status and, if it is the one that Begin's caller waits for, calls `ready`.
    void OnPulled(absl::StatusOr<Boundary> boundary);
    void OnPushed(absl::Status status);
    // The same of what is done with the other workers: an error says that one of them is missing.
    void OnCollected(absl::Status status);
  };
  // What the operation under way waits for.
  enum class Phase { kPull, kGather, kReduce };

  StepDriver(const ResolvedJob& job, int rank, const StartPoint& start, Links links, Schedule schedule,
             TrainingSampler train_sampler, absl::Time now);

  // Begins behind `start_.step`. REQUIRES: all members are made.
  void BeginAtStart(absl::Time now);
  // Training step `step`, or the drain behind the last one.
  Operation TrainOrDrain(uint64_t step) const {
    return {step <= total_steps_ ? Operation::kTrain : Operation::kDrain, step, 0};
  }
  Operation Next(const Operation& operation) const;
  bool is_embedded() const { return links_.row_store != nullptr; }
  // Looks the examples of `operation` up in its buffer.
  void Prepare(const Operation& operation);
  // The same of the step that comes next, if it is one.
  void PrepareAhead();
  BatchLookups& Buffer(const Operation& operation) const;
  // Examples of all workers together. REQUIRES: the operation is kTrain or kValidate.
  int64_t GlobalBatchSize(const Operation& operation) const;

  void BeginPull();
  void BeginGather();
  void BeginReduce();
  // The rows are there.
  absl::Status FinishPull(Boundary boundary, absl::Time now);
  // All that the model needs is there.
  absl::Status Compute(absl::Time now);
  absl::Status Train(absl::Time now);
  // Dense gradients are summed.
  void EndTrain(absl::Time now);
  // All servers have applied step_, after which `boundary` was decided.
  absl::Status ApplyDense(Boundary boundary);
  Boundary DecideBoundary(uint64_t step) const;
  // What the model's device alone has of tables, for those who read it from the store after this step: checkpoints, and
  // validation.
  absl::Status WriteBackRows();
  // The model's; null: it has none.
  ResidentTables* resident_tables() const;
  void EndInterval(uint64_t step, absl::Time now);
  void EndEpoch(absl::Time now);
  // Epoch, from 1, that `step` belongs to.
  uint32_t EpochOf(uint64_t step) const { return static_cast<uint32_t>((step - 1) / steps_per_epoch_ + 1); }

  const ResolvedJob job_;
  const int rank_;
  const int num_workers_;
  const uint64_t steps_per_epoch_;
  const uint64_t total_steps_;
  const StartPoint start_;
  const Links links_;
  const Schedule schedule_;
  const TrainingSampler train_sampler_;
  const BatchSampler validation_sampler_;
  std::unique_ptr<Model> model_;
  // Of alternate steps: the next batch is looked up while the rows of this one travel.
  std::array<std::unique_ptr<BatchLookups>, 2> train_lookups_;
  std::unique_ptr<BatchLookups> validation_lookups_;
  std::vector<int64_t> examples_;

  Operation operation_;
  Phase phase_ = Phase::kPull;
  absl::optional<Operation> prepared_;
  ModelBatch* batch_ = nullptr;   // Of the operation, once its rows are there.
  Boundary boundary_ = CONTINUE;  // What this worker decided for the end of the operation's step.
  // Dense gradients of the last step are summed. They are applied once all servers have applied the step: no worker is
  // then further than a lost one's pushes.
  bool dense_step_is_due_ = false;
  uint64_t dense_saved_step_;
  absl::Span<const float> outputs_;
  std::vector<int64_t> gather_counts_;
  std::vector<float> gathered_;
  uint64_t step_;
  bool stop_requested_ = false;
  const std::shared_ptr<Pending> pending_ = std::make_shared<Pending>();

  // Sums of what has not been reported.
  MetricSums interval_sums_;
  MetricSums epoch_sums_;
  MetricSums validation_sums_;
  absl::Time interval_start_;
  absl::Time epoch_start_;
  absl::Time validation_start_;
  absl::Time last_report_;
  std::vector<IntervalReport> intervals_;
  absl::optional<ProgressReport> epoch_report_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_STEP_DRIVER_H_
