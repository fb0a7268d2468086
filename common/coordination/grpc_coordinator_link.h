// The line to the coordinator over gRPC.
//
// Every call has a deadline. Unavailable (no connection, or one that broke) is tried again for a while: the coordinator
// recognises what it has seen. Errors name the call and the coordinator's address.
//
// Thread safety: all methods may be called concurrently.
#ifndef SHOAL_COMMON_COORDINATION_GRPC_COORDINATOR_LINK_H_
#define SHOAL_COMMON_COORDINATION_GRPC_COORDINATOR_LINK_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/coordination/coordinator_link.h"
#include "common/coordination/retry.h"
#include "proto/coordinator_service.grpc.pb.h"

namespace shoal {

class GrpcCoordinatorLink final : public CoordinatorLink {
 public:
  struct Options {
    // Deadline of one attempt.
    absl::Duration call_timeout = absl::Seconds(10);
    RetryPolicy retry;
    // Must outlive the link.
    RetryClock* clock = RetryClock::System();
  };

  // `address` in gRPC's naming ("unix:/run/x.sock", "127.0.0.1:4242"). Connects with the first call.
  GrpcCoordinatorLink(const std::string& address, const Options& options);

  absl::StatusOr<RegisterReply> Register(const RegisterRequest& request) override;
  absl::StatusOr<ProgressReply> ReportProgress(const ProgressReport& report) override;
  absl::StatusOr<CheckpointReply> ReportCheckpoint(const CheckpointReport& report) override;
  absl::StatusOr<FinishedReply> ReportFinished(const FinishedReport& report) override;
  absl::StatusOr<ExchangeReply> Exchange(const ExchangeRequest& request) override;
  absl::StatusOr<GroupReply> CheckGroup(const GroupRequest& request) override;

 private:
  template <typename Request, typename Reply>
  using Method = grpc::Status (CoordinatorService::Stub::*)(grpc::ClientContext*, const Request&, Reply*);

  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Call(const char* name, Method<Request, Reply> method, const Request& request);

  const std::string address_;
  const Options options_;
  const std::unique_ptr<CoordinatorService::Stub> stub_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_GRPC_COORDINATOR_LINK_H_
