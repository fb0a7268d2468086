#include "launcher/progress_merger.h"

#include <algorithm>
#include <utility>

#include "worker/metric_sums.h"

namespace shoal {

ProgressMerger::ProgressMerger(int num_workers, uint64_t first_step, uint64_t steps_per_epoch)
    : steps_per_epoch_(steps_per_epoch), latest_(num_workers, Latest{first_step, 0, {}}) {}

void ProgressMerger::Add(const ProgressReport& report, std::vector<CoordinatorEvent>* events) {
  const int rank = static_cast<int>(report.worker_rank());
  for (const IntervalReport& interval : report.intervals()) AddInterval(rank, interval, events);
  Latest& latest = latest_[rank];
  if (std::make_pair(report.epoch(), report.step()) >= std::make_pair(latest.epoch, latest.step)) {
    latest = {report.step(), report.epoch(), report.epoch_train()};
  }
  if (report.epoch_complete()) AddEpoch(report, events);
}

void ProgressMerger::AddInterval(int rank, const IntervalReport& interval, std::vector<CoordinatorEvent>* events) {
  if (merged_intervals_.contains(interval.step())) return;
  auto it = intervals_.try_emplace(interval.step(), static_cast<int>(latest_.size())).first;
  Parts<IntervalReport>& parts = it->second;
  parts.Add(rank, interval);
  if (!parts.complete()) return;
  MergeInterval(parts, events);
  intervals_.erase(it);
}

void ProgressMerger::MergeInterval(const Parts<IntervalReport>& parts, std::vector<CoordinatorEvent>* events) {
  IntervalRecord record{};
  for (int i = 0; i < parts.size(); ++i) {
    // The same on all workers; but what was lost says nothing.
    if (parts[i].step() > 0) {
      record.step = parts[i].step();
      record.epoch = parts[i].epoch();
      record.learning_rate = parts[i].learning_rate();
    }
    AddMetricSums(parts[i].train(), &record.train);
    record.seconds = std::max(record.seconds, parts[i].seconds());
  }
  merged_intervals_.insert(record.step);
  events->push_back(std::move(record));
}

void ProgressMerger::AddEpoch(const ProgressReport& report, std::vector<CoordinatorEvent>* events) {
  if (merged_epochs_.contains(report.epoch())) return;
  auto it = epochs_.try_emplace(report.epoch(), static_cast<int>(latest_.size())).first;
  Parts<ProgressReport>& parts = it->second;
  parts.Add(static_cast<int>(report.worker_rank()), report);
  if (!parts.complete()) return;

  EpochRecord record;
  record.epoch = report.epoch();
  record.step = report.epoch() * steps_per_epoch_;
  for (int i = 0; i < parts.size(); ++i) {
    AddMetricSums(parts[i].epoch_train(), &record.train);
    AddMetricSums(parts[i].validation(), &record.validation);
    record.train_seconds = std::max(record.train_seconds, parts[i].train_seconds());
    record.validation_seconds = std::max(record.validation_seconds, parts[i].validation_seconds());
  }
  events->push_back(std::move(record));
  merged_epochs_.insert(report.epoch());
  epochs_.erase(it);
}

void ProgressMerger::CloseUpTo(uint64_t step, std::vector<CoordinatorEvent>* events) {
  for (auto it = intervals_.begin(); it != intervals_.end() && it->first <= step; it = intervals_.erase(it)) {
    it->second.CompleteWithout();
    MergeInterval(it->second, events);
  }
}

ProgressSnapshot ProgressMerger::Snapshot() const {
  ProgressSnapshot snapshot{latest_[0].step, latest_[0].epoch, {}};
  for (const Latest& latest : latest_) {
    snapshot.step = std::min(snapshot.step, latest.step);
    snapshot.epoch = std::min(snapshot.epoch, latest.epoch);
  }
  for (const Latest& latest : latest_) {
    if (latest.epoch == snapshot.epoch) AddMetricSums(latest.epoch_train, &snapshot.epoch_train);
  }
  return snapshot;
}

}  // namespace shoal
