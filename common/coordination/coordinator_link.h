// A process's line to the coordinator: gRPC in real jobs, a simulated network in tests.
//
// Every call can be made again: the coordinator recognises what it has seen.
#ifndef SHOAL_COMMON_COORDINATION_COORDINATOR_LINK_H_
#define SHOAL_COMMON_COORDINATION_COORDINATOR_LINK_H_

#include "absl/status/statusor.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class CoordinatorLink {
 public:
  virtual ~CoordinatorLink() = default;
  // Unavailable: the coordinator cannot be reached; the process should end.
  virtual absl::StatusOr<RegisterReply> Register(const RegisterRequest& request) = 0;
  virtual absl::StatusOr<ProgressReply> ReportProgress(const ProgressReport& report) = 0;
  virtual absl::StatusOr<CheckpointReply> ReportCheckpoint(const CheckpointReport& report) = 0;
  virtual absl::StatusOr<FinishedReply> ReportFinished(const FinishedReport& report) = 0;
  virtual absl::StatusOr<ExchangeReply> Exchange(const ExchangeRequest& request) = 0;
  virtual absl::StatusOr<GroupReply> CheckGroup(const GroupRequest& request) = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_COORDINATOR_LINK_H_
