#include "worker/collective/operation_thread.h"

#include <cassert>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace shoal {

OperationThread::OperationThread(int rank, int size, absl::AnyInvocable<absl::Status()> connect)
    : rank_(rank), size_(size), thread_([this, connect = std::move(connect)]() mutable { Run(std::move(connect)); }) {}

OperationThread::~OperationThread() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

const absl::Status& OperationThread::AwaitConnected() {
  connected_.WaitForNotification();
  return connect_status_;
}

void OperationThread::Run(absl::AnyInvocable<absl::Status()> connect) {
  connect_status_ = Annotate("connecting", connect());
  absl::Status failure = connect_status_;
  connected_.Notify();
  while (Operation* const running = AwaitOperation()) {
    if (failure.ok()) failure = Annotate(running->name, running->run());
    TakeFirst().done(failure);  // It may start the next.
  }
}

OperationThread::Operation* OperationThread::AwaitOperation() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !operations_.empty() || stopping_; };
  absl::MutexLock lock(&mutex_, absl::Condition(&has_work));
  return operations_.empty() ? nullptr : &operations_.front();  // A deque leaves it where it is.
}

OperationThread::Operation OperationThread::TakeFirst() {
  absl::MutexLock lock(&mutex_);
  Operation operation = std::move(operations_.front());
  operations_.pop_front();
  return operation;
}

bool OperationThread::has_operations() const {
  absl::MutexLock lock(&mutex_);
  return !operations_.empty();
}

void OperationThread::Start(const char* name, absl::AnyInvocable<absl::Status()> run, Collective::Done done) {
  absl::MutexLock lock(&mutex_);
  assert(operations_.size() < kMaxStarted && "so many that their caller does not wait for any");
  operations_.push_back({name, std::move(run), std::move(done)});
}

absl::Status OperationThread::Annotate(const char* what, const absl::Status& status) const {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(what, " on rank ", rank_, " of ", size_, ": ", status.message()));
}

}  // namespace shoal
