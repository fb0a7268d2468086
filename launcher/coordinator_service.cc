#include "launcher/coordinator_service.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/coordination/grpc_status.h"

namespace shoal {
namespace {

// The largest message is a checkpoint report: a few hundred bytes a file and table.
constexpr int kMaxReportBytes = 4 << 20;

}  // namespace

CoordinatorServer::CoordinatorServer(const Coordinator::Options& options, std::unique_ptr<WakeEvent> wake_event)
    : wake_event_(std::move(wake_event)), coordinator_(options) {}

absl::StatusOr<std::unique_ptr<CoordinatorServer>> CoordinatorServer::Start(const std::string& address,
                                                                            const Coordinator::Options& options) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<WakeEvent> wake_event, WakeEvent::Create());
  std::unique_ptr<CoordinatorServer> server(new CoordinatorServer(options, std::move(wake_event)));
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kMaxReportBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(static_cast<CoordinatorService::Service*>(server.get()));
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("the coordinator cannot listen at ", address));
  }
  const size_t colon = address.rfind(':');
  server->address_ = absl::StartsWith(address, "unix:") ? address : absl::StrCat(address.substr(0, colon), ":", port);
  return server;
}

CoordinatorServer::~CoordinatorServer() {
  // A deadline in the past: handlers are short, but a client that never reads must not hold the launcher up.
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
}

void CoordinatorServer::Visit(absl::FunctionRef<void(Coordinator&)> visit) {
  absl::MutexLock lock(&mutex_);
  visit(coordinator_);
}

template <typename Request, typename Reply>
grpc::Status CoordinatorServer::Answer(absl::StatusOr<Reply> (Coordinator::*method)(const Request&),
                                       const Request& request, Reply* reply) {
  absl::StatusOr<Reply> result = [&] {
    absl::MutexLock lock(&mutex_);
    return (coordinator_.*method)(request);
  }();
  if (!result.ok()) return ToGrpcStatus(result.status());
  *reply = *std::move(result);
  return grpc::Status::OK;
}

template <typename Request, typename Reply>
grpc::Status CoordinatorServer::Handle(absl::StatusOr<Reply> (Coordinator::*method)(const Request&),
                                       const Request& request, Reply* reply) {
  grpc::Status status = Answer(method, request, reply);
  if (status.ok()) wake_event_->Set();
  return status;
}

grpc::Status CoordinatorServer::Register(grpc::ServerContext* /*context*/, const RegisterRequest* request,
                                         RegisterReply* reply) {
  return Handle(&Coordinator::Register, *request, reply);
}

grpc::Status CoordinatorServer::ReportProgress(grpc::ServerContext* /*context*/, const ProgressReport* report,
                                               ProgressReply* reply) {
  return Handle(&Coordinator::ReportProgress, *report, reply);
}

grpc::Status CoordinatorServer::ReportCheckpoint(grpc::ServerContext* /*context*/, const CheckpointReport* report,
                                                 CheckpointReply* reply) {
  return Handle(&Coordinator::ReportCheckpoint, *report, reply);
}

grpc::Status CoordinatorServer::ReportFinished(grpc::ServerContext* /*context*/, const FinishedReport* report,
                                               FinishedReply* reply) {
  return Handle(&Coordinator::ReportFinished, *report, reply);
}

grpc::Status CoordinatorServer::Exchange(grpc::ServerContext* /*context*/, const ExchangeRequest* request,
                                         ExchangeReply* reply) {
  return Handle(&Coordinator::Exchange, *request, reply);
}

grpc::Status CoordinatorServer::CheckGroup(grpc::ServerContext* /*context*/, const GroupRequest* request,
                                           GroupReply* reply) {
  return Answer(&Coordinator::CheckGroup, *request, reply);
}

}  // namespace shoal
