// The thread on which a collective's operations run, one after the other, so that its caller never blocks.
//
// The first error is final: later operations are not run and end with it. `done` is called on the thread.
//
// Thread safety: external, but that operations end on the thread.
#ifndef SHOAL_WORKER_COLLECTIVE_OPERATION_THREAD_H_
#define SHOAL_WORKER_COLLECTIVE_OPERATION_THREAD_H_

#include <deque>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "worker/collective/collective.h"

namespace shoal {

class OperationThread {
 public:
  // Starts the thread, which calls `connect`, whose error every operation ends with. Errors name the operation, the
  // rank and the number of ranks.
  OperationThread(int rank, int size, absl::AnyInvocable<absl::Status()> connect);
  // Waits for the operations that were started. REQUIRES: the one that runs comes to an end.
  ~OperationThread();

  // Waits for `connect` and returns its status.
  const absl::Status& AwaitConnected();

  // Whether an operation was started that has not ended; one has ended before its `done` is called.
  bool has_operations() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Runs behind those that were started before. At most kMaxStarted that have not ended.
  void Start(const char* name, absl::AnyInvocable<absl::Status()> run, Collective::Done done)
      ABSL_LOCKS_EXCLUDED(mutex_);
  static constexpr size_t kMaxStarted = 256;

 private:
  struct Operation {
    const char* name;
    absl::AnyInvocable<absl::Status()> run;
    Collective::Done done;
  };

  void Run(absl::AnyInvocable<absl::Status()> connect);
  // The first operation, which stays where it is; null: there will be no more.
  Operation* AwaitOperation() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes it out.
  Operation TakeFirst() ABSL_LOCKS_EXCLUDED(mutex_);
  // `status` as the error of `what` on this worker.
  absl::Status Annotate(const char* what, const absl::Status& status) const;

  const int rank_;
  const int size_;
  absl::Status connect_status_;  // Written before `connected_`.
  absl::Notification connected_;

  mutable absl::Mutex mutex_;
  std::deque<Operation> operations_ ABSL_GUARDED_BY(mutex_);  // The first one runs.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_OPERATION_THREAD_H_
