// A line to a coordinator in this process, without gRPC.
//
// Thread safety: all methods may be called concurrently.
#ifndef SHOAL_TESTS_SUPPORT_DIRECT_COORDINATOR_LINK_H_
#define SHOAL_TESTS_SUPPORT_DIRECT_COORDINATOR_LINK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/coordination/coordinator_link.h"
#include "launcher/coordinator.h"

namespace shoal {

class DirectCoordinatorLink final : public CoordinatorLink {
 public:
  explicit DirectCoordinatorLink(const Coordinator::Options& options) : coordinator_(options) {}

  absl::StatusOr<RegisterReply> Register(const RegisterRequest& request) override {
    return Call(&Coordinator::Register, request);
  }
  absl::StatusOr<ProgressReply> ReportProgress(const ProgressReport& report) override {
    return Call(&Coordinator::ReportProgress, report);
  }
  absl::StatusOr<CheckpointReply> ReportCheckpoint(const CheckpointReport& report) override {
    return Call(&Coordinator::ReportCheckpoint, report);
  }
  absl::StatusOr<FinishedReply> ReportFinished(const FinishedReport& report) override {
    return Call(&Coordinator::ReportFinished, report);
  }
  absl::StatusOr<ExchangeReply> Exchange(const ExchangeRequest& request) override {
    return Call(&Coordinator::Exchange, request);
  }
  absl::StatusOr<GroupReply> CheckGroup(const GroupRequest& request) override {
    return Call(&Coordinator::CheckGroup, request);
  }

 private:
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Call(absl::StatusOr<Reply> (Coordinator::*method)(const Request&), const Request& request) {
    absl::MutexLock lock(&mutex_);
    return (coordinator_.*method)(request);
  }

  absl::Mutex mutex_;
  Coordinator coordinator_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_DIRECT_COORDINATOR_LINK_H_
