// The coordinator's gRPC service: each handler locks, calls the coordinator, and turns its status into gRPC's.
//
// Thread safety: all methods may be called concurrently.
#ifndef SHOAL_LAUNCHER_COORDINATOR_SERVICE_H_
#define SHOAL_LAUNCHER_COORDINATOR_SERVICE_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "launcher/coordinator.h"
#include "launcher/wake_event.h"
#include "proto/coordinator_service.grpc.pb.h"

namespace grpc {
class Server;
}

namespace shoal {

class CoordinatorServer final : private CoordinatorService::Service {
 public:
  // Listens at `address` in gRPC's naming: a Unix socket, or a host and port, where port 0 is chosen by the system.
  // Unavailable: nobody can listen there.
  static absl::StatusOr<std::unique_ptr<CoordinatorServer>> Start(const std::string& address,
                                                                  const Coordinator::Options& options);
  // Ends running calls.
  ~CoordinatorServer() override;

  // Where processes reach it, with the real port.
  const std::string& address() const { return address_; }

  // Readable after every message that was accepted, but for CheckGroup, until it is cleared.
  WakeEvent& wake_event() { return *wake_event_; }

  // Calls `visit` with the coordinator while no handler runs.
  void Visit(absl::FunctionRef<void(Coordinator&)> visit);

 private:
  CoordinatorServer(const Coordinator::Options& options, std::unique_ptr<WakeEvent> wake_event);

  grpc::Status Register(grpc::ServerContext* context, const RegisterRequest* request, RegisterReply* reply) override;
  grpc::Status ReportProgress(grpc::ServerContext* context, const ProgressReport* report,
                              ProgressReply* reply) override;
  grpc::Status ReportCheckpoint(grpc::ServerContext* context, const CheckpointReport* report,
                                CheckpointReply* reply) override;
  grpc::Status ReportFinished(grpc::ServerContext* context, const FinishedReport* report,
                              FinishedReply* reply) override;
  grpc::Status Exchange(grpc::ServerContext* context, const ExchangeRequest* request, ExchangeReply* reply) override;
  grpc::Status CheckGroup(grpc::ServerContext* context, const GroupRequest* request, GroupReply* reply) override;

  template <typename Request, typename Reply>
  grpc::Status Answer(absl::StatusOr<Reply> (Coordinator::*method)(const Request&), const Request& request,
                      Reply* reply);
  // The same of what may have changed something.
  template <typename Request, typename Reply>
  grpc::Status Handle(absl::StatusOr<Reply> (Coordinator::*method)(const Request&), const Request& request,
                      Reply* reply);

  const std::unique_ptr<WakeEvent> wake_event_;
  std::string address_;
  absl::Mutex mutex_;
  Coordinator coordinator_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COORDINATOR_SERVICE_H_
