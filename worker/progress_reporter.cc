#include "worker/progress_reporter.h"

#include <utility>

namespace shoal {

ProgressReporter::ProgressReporter(CoordinatorLink* link) : link_(link), thread_([this] { Run(); }) {}

ProgressReporter::~ProgressReporter() {
  Stop();
  thread_.join();
}

void ProgressReporter::Stop() {
  absl::MutexLock lock(&mutex_);
  status_.Update(absl::CancelledError("the reporter of progress has stopped"));
}

absl::Status ProgressReporter::Send(ProgressReport report) {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &ProgressReporter::HasRoom));
  if (status_.ok()) waiting_.push_back(std::move(report));
  return status_;
}

absl::Status ProgressReporter::Flush() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &ProgressReporter::IsIdle));
  return status_;
}

absl::StatusOr<ProgressReply> ProgressReporter::last_reply() const {
  absl::MutexLock lock(&mutex_);
  if (!status_.ok()) return status_;
  return last_reply_;
}

void ProgressReporter::Run() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    mutex_.Await(absl::Condition(this, &ProgressReporter::HasWork));
    if (!status_.ok()) return;
    const ProgressReport& report = waiting_.front();  // Stays where it is while others are added behind it.
    mutex_.Unlock();
    absl::StatusOr<ProgressReply> reply = link_->ReportProgress(report);
    mutex_.Lock();
    status_.Update(reply.status());
    if (reply.ok()) last_reply_ = *std::move(reply);
    waiting_.pop_front();
  }
}

}  // namespace shoal
