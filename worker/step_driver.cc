#include "worker/step_driver.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "worker/cache/row_cache.h"
#include "worker/metric_sums.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<StepDriver>> StepDriver::Create(const ResolvedJob& job, int rank,
                                                               const StartPoint& start, const TrainingData& data,
                                                               Links links, absl::Time now,
                                                               const ModelFactory& create_model) {
  SHOAL_ASSIGN_OR_RETURN(Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  SHOAL_ASSIGN_OR_RETURN(TrainingSampler sampler, TrainingSampler::Create(job, data.train));
  auto driver = absl::WrapUnique(new StepDriver(job, rank, start, links, std::move(schedule), std::move(sampler), now));
  SHOAL_ASSIGN_OR_RETURN(driver->model_, create_model(job, driver->schedule_, &data));
  const std::shared_ptr<RowBlocks> blocks = MakeRowBlocks(job.job().tables_size(), driver->model_->host_memory());
  for (std::unique_ptr<BatchLookups>& lookups : driver->train_lookups_) {
    SHOAL_ASSIGN_OR_RETURN(lookups, BatchLookups::Create(job.job(), *driver->model_, data.train,
                                                         BatchReads::kEverything, blocks, driver->model_->row_cache()));
  }
  if (job.num_validation_examples() > 0) {
    SHOAL_ASSIGN_OR_RETURN(
        driver->validation_lookups_,
        BatchLookups::Create(job.job(), *driver->model_, data.validation, BatchReads::kEverything, blocks));
  }
  // A run that only owes a validation reads the store.
  ResidentTables* const resident = driver->resident_tables();
  if (resident != nullptr && start.step < driver->total_steps_) SHOAL_RETURN_IF_ERROR(resident->Load(*links.row_store));
  driver->BeginAtStart(now);
  return driver;
}

StepDriver::StepDriver(const ResolvedJob& job, int rank, const StartPoint& start, Links links, Schedule schedule,
                       TrainingSampler train_sampler, absl::Time now)
    : job_(job),
      rank_(rank),
      num_workers_(job.job().cluster().workers()),
      steps_per_epoch_(job.steps_per_epoch()),
      total_steps_(job.total_steps()),
      start_(start),
      links_(links),
      schedule_(std::move(schedule)),
      train_sampler_(std::move(train_sampler)),
      validation_sampler_(
          BatchSampler::InOrder(job.num_validation_examples(), job.job().training().validation_batch_size())),
      operation_(TrainOrDrain(start.step + 1)),
      dense_saved_step_(start.dense_saved_step),
      step_(start.step),
      interval_start_(now),
      epoch_start_(now),
      validation_start_(now),
      last_report_(now) {}

void StepDriver::BeginAtStart(absl::Time now) {
  const bool epoch_ended = start_.step > 0 && start_.step % steps_per_epoch_ == 0;
  if (!epoch_ended || start_.epoch_end == StartPoint::EpochEnd::kNone) return;
  operation_ = Next({Operation::kTrain, start_.step, 0});
  const bool is_owed = start_.epoch_end == StartPoint::EpochEnd::kReport && operation_.kind != Operation::kValidate;
  if (is_owed) EndEpoch(now);
}

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
      return TrainOrDrain(step);
    case Operation::kDrain:
    case Operation::kDone:
      return {Operation::kDone, step, 0};
  }
  return TrainOrDrain(step + 1);
}

BatchLookups& StepDriver::Buffer(const Operation& operation) const {
  return operation.kind == Operation::kTrain ? *train_lookups_[operation.step % 2] : *validation_lookups_;
}

void StepDriver::Prepare(const Operation& operation) {
  if (operation.kind != Operation::kTrain && operation.kind != Operation::kValidate) return;
  const bool train = operation.kind == Operation::kTrain;
  const auto number = static_cast<int64_t>(train ? operation.step : operation.batch);
  const auto sample = [&](int rank, int num_workers) {
    if (train) {
      train_sampler_.Sample(number, rank, num_workers, &examples_);
    } else {
      validation_sampler_.Sample(number, rank, num_workers, &examples_);
    }
  };
  const int64_t size = GlobalBatchSize(operation);
  const int64_t begin = PartStart(size, rank_, num_workers_);
  // Validation is in the order of the data, batch after batch.
  const BatchPlace place = {train ? number : 0,
                            train ? begin : (number - 1) * job_.job().training().validation_batch_size() + begin};
  if (!Buffer(operation).needs_global_batch()) {
    sample(rank_, num_workers_);
    Buffer(operation).PrepareOwn(examples_, begin, place);
    return;
  }
  sample(/*rank=*/0, /*num_workers=*/1);
  Buffer(operation).Prepare(examples_, begin, PartStart(size, rank_ + 1, num_workers_), place);
}

int64_t StepDriver::GlobalBatchSize(const Operation& operation) const {
  return operation.kind == Operation::kTrain ? train_sampler_.GlobalBatchSize(static_cast<int64_t>(operation.step))
                                             : validation_sampler_.GlobalBatchSize(operation.batch);
}

void StepDriver::Begin(absl::AnyInvocable<void()> ready) {
  // What is prepared ahead outlives the phases of the operation before it.
  if (phase_ == Phase::kPull && !std::exchange(prepared_, absl::nullopt).has_value()) Prepare(operation_);
  if (!pending_->Await(&ready)) {
    ready();
    return;
  }
  switch (phase_) {
    case Phase::kPull:
      BeginPull();
      return;
    case Phase::kGather:
      BeginGather();
      return;
    case Phase::kReduce:
      BeginReduce();
      return;
  }
}

void StepDriver::BeginPull() {
  absl::Span<const PullTable> tables;
  if (operation_.kind != Operation::kDrain) tables = Buffer(operation_).pull_tables();
  links_.client->Pull(
      operation_.step, /*read_only=*/operation_.kind != Operation::kTrain, tables,
      [pending = pending_](absl::StatusOr<Boundary> boundary) { pending->OnPulled(std::move(boundary)); });
  // While the rows travel.
  if (!is_embedded()) PrepareAhead();
}

void StepDriver::PrepareAhead() {
  // Validation has one buffer, which is in use; it can wait.
  const Operation next = Next(operation_);
  if (operation_.kind != Operation::kTrain || next.kind != Operation::kTrain) return;
  Prepare(next);
  prepared_ = next;
}

void StepDriver::BeginGather() {
  const int64_t width = model_->gathered_width();
  const int64_t size = GlobalBatchSize(operation_);
  gather_counts_.clear();
  for (int r = 0; r < num_workers_; ++r) {
    gather_counts_.push_back((PartStart(size, r + 1, num_workers_) - PartStart(size, r, num_workers_)) * width);
  }
  gathered_.resize(size * width);
  links_.collective->AllGather(outputs_, gather_counts_, absl::MakeSpan(gathered_),
                               [pending = pending_](absl::Status status) { pending->OnCollected(std::move(status)); });
}

void StepDriver::BeginReduce() {
  model_->SumGradients(links_.collective,
                       [pending = pending_](absl::Status status) { pending->OnCollected(std::move(status)); });
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

void StepDriver::Pending::OnCollected(absl::Status collected) {
  absl::AnyInvocable<void()> call;
  {
    absl::MutexLock lock(&mutex);
    other_is_missing |= status.ok() && !collected.ok();
    status.Update(collected);
    call = std::exchange(ready, nullptr);
  }
  if (call) call();
}

bool StepDriver::misses_others() const {
  absl::MutexLock lock(&pending_->mutex);
  return pending_->other_is_missing;
}

absl::Status StepDriver::Finish(absl::Time now) {
  Boundary boundary;
  {
    absl::MutexLock lock(&pending_->mutex);
    SHOAL_RETURN_IF_ERROR(pending_->status);
    boundary = pending_->boundary;
  }
  switch (std::exchange(phase_, Phase::kPull)) {
    case Phase::kPull:
      return FinishPull(boundary, now);
    case Phase::kGather:
      batch_->outputs = gathered_;
      return Compute(now);
    case Phase::kReduce:
      EndTrain(now);
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status StepDriver::FinishPull(Boundary boundary, absl::Time now) {
  step_ = operation_.step - 1;
  SHOAL_RETURN_IF_ERROR(ApplyDense(boundary));
  const bool train = operation_.kind == Operation::kTrain;
  if (train && boundary == CHECKPOINT_AND_STOP) {
    operation_ = {Operation::kDone, operation_.step, 0};
    return absl::OkStatus();
  }
  if (!train && operation_.kind != Operation::kValidate) {
    operation_ = Next(operation_);
    return absl::OkStatus();
  }
  BatchLookups& lookups = Buffer(operation_);
  batch_ = train ? &lookups.BatchForTraining(GlobalBatchSize(operation_)) : &lookups.BatchForValidation();
  if (num_workers_ > 1 && model_->gathered_width() > 0) {
    SHOAL_ASSIGN_OR_RETURN(outputs_, model_->ComputeOutputs(*batch_, train));
    phase_ = Phase::kGather;
    return absl::OkStatus();
  }
  return Compute(now);
}

absl::Status StepDriver::Compute(absl::Time now) {
  if (operation_.kind == Operation::kTrain) return Train(now);
  SHOAL_RETURN_IF_ERROR(model_->Forward(*batch_, &validation_sums_));
  operation_ = Next(operation_);
  if (operation_.kind != Operation::kValidate) EndEpoch(now);
  return absl::OkStatus();
}

absl::Status StepDriver::Train(absl::Time now) {
  if (is_embedded()) batch_->host_work = [this] { PrepareAhead(); };
  SHOAL_RETURN_IF_ERROR(model_->ForwardBackward(*batch_, &interval_sums_));
  Buffer(operation_).ScaleGradients();
  boundary_ = DecideBoundary(operation_.step);
  SHOAL_RETURN_IF_ERROR(WriteBackRows());
  BatchLookups& lookups = Buffer(operation_);
  links_.client->Push(operation_.step, boundary_, lookups.push_tables(),
                      [pending = pending_](absl::Status status) { pending->OnPushed(std::move(status)); });
  lookups.OnPushed();
  if (model_->dense_parameters() != nullptr && num_workers_ > 1) {
    phase_ = Phase::kReduce;
    return absl::OkStatus();
  }
  EndTrain(now);
  return absl::OkStatus();
}

absl::Status StepDriver::ApplyDense(Boundary boundary) {
  DenseParameters* const dense = model_->dense_parameters();
  if (dense == nullptr) return absl::OkStatus();
  if (std::exchange(dense_step_is_due_, false)) {
    SHOAL_RETURN_IF_ERROR(model_->ApplyGradients(static_cast<int64_t>(step_)));
  }
  const bool saves = rank_ == 0 && boundary != CONTINUE && links_.dense_sink != nullptr;
  if (!saves || step_ <= dense_saved_step_) return absl::OkStatus();
  dense_saved_step_ = step_;
  SHOAL_RETURN_IF_ERROR(model_->FetchDense());
  return links_.dense_sink->SaveDense(*dense, step_);
}

void StepDriver::EndTrain(absl::Time now) {
  const uint64_t step = operation_.step;
  dense_step_is_due_ = model_->dense_parameters() != nullptr;
  operation_ = Next(operation_);
  const bool epoch_ends = step % steps_per_epoch_ == 0;
  if (epoch_ends || step % job_.job().training().log_every_steps() == 0) EndInterval(step, now);
  if (!epoch_ends) return;
  validation_start_ = now;
  if (operation_.kind != Operation::kValidate) EndEpoch(now);
}

ResidentTables* StepDriver::resident_tables() const {
  RowCache* const cache = model_->row_cache();
  return cache != nullptr ? cache->resident() : nullptr;
}

absl::Status StepDriver::WriteBackRows() {
  ResidentTables* const resident = resident_tables();
  const bool are_read = boundary_ != CONTINUE || Next(operation_).kind == Operation::kValidate;
  if (resident == nullptr || !are_read) return absl::OkStatus();
  return resident->WriteBack(*links_.row_store);
}

Boundary StepDriver::DecideBoundary(uint64_t step) const {
  if (rank_ != 0) return CONTINUE;
  if (start_.decided.has_value() && step == start_.step + 1) return *start_.decided;
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
  if (const RowCache* cache = model_->row_cache()) {
    report.set_row_cache_reads(cache->statistics().reads);
    report.set_row_cache_hits(cache->statistics().hits);
  }
  report.mutable_intervals()->Add(intervals_.begin(), intervals_.end());
  intervals_.clear();
  last_report_ = now;
  return report;
}

void StepDriver::OnProgressReply(const ProgressReply& reply) { stop_requested_ |= reply.stop_requested(); }

}  // namespace shoal
