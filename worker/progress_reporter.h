// Sends a worker's reports to the coordinator while training goes on: a call takes as long as a step or two.
//
// Reports are sent one at a time, in the order in which they were given. Destruction waits for the call under way and
// drops what has not been sent.
//
// Thread safety: one thread calls; a thread of its own sends.
#ifndef SHOAL_WORKER_PROGRESS_REPORTER_H_
#define SHOAL_WORKER_PROGRESS_REPORTER_H_

#include <cstddef>
#include <deque>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/coordination/coordinator_link.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class ProgressReporter {
 public:
  // So many reports may wait; the next one is taken only once there is room again.
  static constexpr size_t kMaxWaiting = 16;

  // `link` outlives the reporter and takes calls from its thread.
  explicit ProgressReporter(CoordinatorLink* link);
  ~ProgressReporter();
  ProgressReporter(const ProgressReporter&) = delete;
  ProgressReporter& operator=(const ProgressReporter&) = delete;

  // Sends the report soon. The error of an earlier report is final: nothing is sent any more.
  absl::Status Send(ProgressReport report);
  // Waits until all reports are answered.
  absl::Status Flush();
  // Drops what waits. From now on calls say Cancelled, or the error that came before; the report under way may still
  // arrive. Destruction begins with it.
  void Stop();
  // The last answer so far, or the error.
  absl::StatusOr<ProgressReply> last_reply() const;

 private:
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !status_.ok() || !waiting_.empty(); }
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !status_.ok() || waiting_.size() < kMaxWaiting; }
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !status_.ok() || waiting_.empty(); }

  CoordinatorLink* const link_;
  mutable absl::Mutex mutex_;
  std::deque<ProgressReport> waiting_ ABSL_GUARDED_BY(mutex_);  // The first one is under way.
  ProgressReply last_reply_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // Not OK: nothing is sent any more.
  std::thread thread_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_PROGRESS_REPORTER_H_
