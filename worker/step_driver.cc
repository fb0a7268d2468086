#include "worker/step_driver.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "worker/metric_sums.h"

namespace shoal {
namespace {

BatchSampler::Options TrainOptions(const ResolvedJob& job) {
  const TrainingConfig& training = job.job().training();
  BatchSampler::Options options;
  options.num_examples = job.num_train_examples();
  options.batch_size = training.batch_size();
  options.drop_last = training.drop_last();
  options.shuffle = training.shuffle();
  options.seed = job.job().seed();
  return options;
}

BatchSampler::Options ValidationOptions(const ResolvedJob& job) {
  BatchSampler::Options options;
  options.num_examples = job.num_validation_examples();
  options.batch_size = job.job().training().validation_batch_size();
  options.shuffle = false;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StepDriver>> StepDriver::Create(const ResolvedJob& job, int rank, uint64_t resume_step,
                                                               const TrainingData& data, ParameterClient* client,
                                                               absl::Time now) {
  SHOAL_ASSIGN_OR_RETURN(Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  auto driver = absl::WrapUnique(new StepDriver(job, rank, resume_step, client, std::move(schedule), now));
  SHOAL_ASSIGN_OR_RETURN(driver->model_, CreateModel(job.job()));
  for (std::unique_ptr<BatchLookups>& lookups : driver->train_lookups_) {
    SHOAL_ASSIGN_OR_RETURN(lookups, BatchLookups::Create(job.job(), *driver->model_, data.train));
  }
  if (job.num_validation_examples() > 0) {
    SHOAL_ASSIGN_OR_RETURN(driver->validation_lookups_,
                           BatchLookups::Create(job.job(), *driver->model_, data.validation));
  }
  // A checkpoint of an epoch's end was saved before its validation, which may never have been reported: it comes first.
  if (resume_step > 0) driver->operation_ = driver->Next({Operation::kTrain, resume_step, 0});
  return driver;
}

StepDriver::StepDriver(const ResolvedJob& job, int rank, uint64_t resume_step, ParameterClient* client,
                       Schedule schedule, absl::Time now)
    : job_(job),
      rank_(rank),
      num_workers_(job.job().cluster().workers()),
      steps_per_epoch_(job.steps_per_epoch()),
      total_steps_(job.total_steps()),
      client_(client),
      schedule_(std::move(schedule)),
      train_sampler_(TrainOptions(job)),
      validation_sampler_(ValidationOptions(job)),
      operation_{Operation::kTrain, resume_step + 1, 0},
      step_(resume_step),
      interval_start_(now),
      epoch_start_(now),
      validation_start_(now),
      last_report_(now) {}

StepDriver::Operation StepDriver::Next(const Operation& operation) const {
  const uint64_t step = operation.step;
  switch (operation.kind) {
    case Operation::kTrain:
      if (step % steps_per_epoch_ == 0 && validation_lookups_ != nullptr) return {Operation::kValidate, step + 1, 1};
      break;
    case Operation::kValidate:
      if (operation.batch < validation_sampler_.steps_per_epoch()) {
        return {Operation::kValidate, step, operation.batch + 1};
      }
      return {step <= total_steps_ ? Operation::kTrain : Operation::kDrain, step, 0};
    case Operation::kDrain:
    case Operation::kDone:
      return {Operation::kDone, step, 0};
  }
  return {step + 1 <= total_steps_ ? Operation::kTrain : Operation::kDrain, step + 1, 0};
}

BatchLookups& StepDriver::Buffer(const Operation& operation) const {
  return operation.kind == Operation::kTrain ? *train_lookups_[operation.step % 2] : *validation_lookups_;
}

void StepDriver::Prepare(const Operation& operation) {
  if (operation.kind == Operation::kTrain) {
    train_sampler_.Sample(static_cast<int64_t>(operation.step), rank_, num_workers_, &examples_);
  } else if (operation.kind == Operation::kValidate) {
    validation_sampler_.Sample(operation.batch, rank_, num_workers_, &examples_);
  } else {
    return;
  }
  Buffer(operation).Prepare(examples_);
}

void StepDriver::Begin(absl::AnyInvocable<void()> ready) {
  if (!prepared_.has_value()) Prepare(operation_);
  prepared_.reset();
  if (!pending_->Await(&ready)) {
    ready();
    return;
  }
  absl::Span<const PullTable> tables;
  if (operation_.kind != Operation::kDrain) tables = Buffer(operation_).pull_tables();
  client_->Pull(operation_.step, /*read_only=*/operation_.kind != Operation::kTrain, tables,
                [pending = pending_](absl::StatusOr<Boundary> boundary) { pending->OnPulled(std::move(boundary)); });
  // While the rows travel. Validation has one buffer, which is in use; it can wait.
  const Operation next = Next(operation_);
  if (operation_.kind == Operation::kTrain && next.kind == Operation::kTrain) {
    Prepare(next);
    prepared_ = next;
  }
}

bool StepDriver::Pending::Await(absl::AnyInvocable<void()>* on_ready) {
  absl::MutexLock lock(&mutex);
  // A pull would wait for a push that has failed.
  if (!status.ok()) return false;
  ready = std::move(*on_ready);
  return true;
}

void StepDriver::Pending::OnPulled(absl::StatusOr<Boundary> pulled) {
  absl::AnyInvocable<void()> call;
  {
    absl::MutexLock lock(&mutex);
    if (pulled.ok()) {
      boundary = *pulled;
    } else {
      status.Update(pulled.status());
    }
    call = std::exchange(ready, nullptr);
  }
  if (call) call();
}

void StepDriver::Pending::OnPushed(absl::Status pushed) {
  if (pushed.ok()) return;
  absl::AnyInvocable<void()> call;
  {
    absl::MutexLock lock(&mutex);
    status.Update(pushed);
    // The pull under way may never be answered: it waits for this push.
    call = std::exchange(ready, nullptr);
  }
  if (call) call();
}

absl::Status StepDriver::Finish(absl::Time now) {
  Boundary boundary;
  {
    absl::MutexLock lock(&pending_->mutex);
    SHOAL_RETURN_IF_ERROR(pending_->status);
    boundary = pending_->boundary;
  }
  step_ = operation_.step - 1;
  const Operation finished = operation_;
  operation_ = Next(operation_);
  if (finished.kind == Operation::kTrain) {
    if (boundary == CHECKPOINT_AND_STOP) {
      operation_.kind = Operation::kDone;
      return absl::OkStatus();
    }
    Train(finished.step, now);
  } else if (finished.kind == Operation::kValidate) {
    Validate();
    if (operation_.kind != Operation::kValidate) EndEpoch(now);
  }
  return absl::OkStatus();
}

void StepDriver::Train(uint64_t step, absl::Time now) {
  BatchLookups& lookups = *train_lookups_[step % 2];
  const ModelBatch& batch = lookups.BatchForTraining(train_sampler_.GlobalBatchSize(static_cast<int64_t>(step)));
  model_->ForwardBackward(batch, &interval_sums_);
  client_->Push(step, DecideBoundary(step), lookups.push_tables(),
                [pending = pending_](absl::Status status) { pending->OnPushed(std::move(status)); });
  const bool epoch_ends = step % steps_per_epoch_ == 0;
  if (epoch_ends || step % job_.job().training().log_every_steps() == 0) EndInterval(step, now);
  if (!epoch_ends) return;
  validation_start_ = now;
  if (operation_.kind != Operation::kValidate) EndEpoch(now);
}

void StepDriver::Validate() { model_->Forward(validation_lookups_->BatchForValidation(), &validation_sums_); }

Boundary StepDriver::DecideBoundary(uint64_t step) const {
  if (rank_ != 0) return CONTINUE;
  if (step == total_steps_ || stop_requested_) return CHECKPOINT_AND_STOP;
  const CheckpointPolicy& policy = job_.job().training().checkpoint();
  const auto every_steps = static_cast<uint64_t>(policy.every_steps());
  const uint64_t every_epochs = static_cast<uint64_t>(policy.every_epochs()) * steps_per_epoch_;
  const bool is_due = (every_steps > 0 && step % every_steps == 0) || (every_epochs > 0 && step % every_epochs == 0);
  return is_due ? CHECKPOINT : CONTINUE;
}

void StepDriver::EndInterval(uint64_t step, absl::Time now) {
  IntervalReport& interval = intervals_.emplace_back();
  interval.set_step(step);
  interval.set_epoch(EpochOf(step));
  *interval.mutable_train() = interval_sums_;
  interval.set_learning_rate(schedule_.At(static_cast<int64_t>(step)).learning_rate);
  interval.set_seconds(absl::ToDoubleSeconds(now - interval_start_));
  AddMetricSums(interval_sums_, &epoch_sums_);
  interval_sums_.Clear();
  interval_start_ = now;
}

void StepDriver::EndEpoch(absl::Time now) {
  // The epoch that ended is that of the last step pushed, one before the step that comes next.
  ProgressReport report;
  report.set_step(operation_.step - 1);
  report.set_epoch(EpochOf(operation_.step - 1));
  report.set_epoch_complete(true);
  *report.mutable_epoch_train() = epoch_sums_;
  if (validation_lookups_ != nullptr) *report.mutable_validation() = validation_sums_;
  report.set_train_seconds(absl::ToDoubleSeconds(validation_start_ - epoch_start_));
  report.set_validation_seconds(absl::ToDoubleSeconds(now - validation_start_));
  epoch_report_ = std::move(report);
  epoch_sums_.Clear();
  validation_sums_.Clear();
  epoch_start_ = now;
  interval_start_ = now;
}

absl::optional<ProgressReport> StepDriver::TakeReport(absl::Time now) {
  const bool is_last = done() && !intervals_.empty();
  const bool is_due = epoch_report_.has_value() || is_last || now - last_report_ >= kReportInterval;
  if (!is_due) return absl::nullopt;
  ProgressReport report;
  if (epoch_report_.has_value()) {
    report = *std::exchange(epoch_report_, absl::nullopt);
  } else {
    report.set_step(step_);
    report.set_epoch(EpochOf(std::max<uint64_t>(step_, 1)));
    *report.mutable_epoch_train() = epoch_sums_;
  }
  report.set_worker_rank(static_cast<uint32_t>(rank_));
  report.mutable_intervals()->Add(intervals_.begin(), intervals_.end());
  intervals_.clear();
  last_report_ = now;
  return report;
}

void StepDriver::OnProgressReply(const ProgressReply& reply) { stop_requested_ |= reply.stop_requested(); }

}  // namespace shoal
