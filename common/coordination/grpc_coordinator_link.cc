#include "common/coordination/grpc_coordinator_link.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/coordination/grpc_status.h"

namespace shoal {
namespace {

std::shared_ptr<grpc::Channel> CreateChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  // Our own retries decide when to connect again; gRPC's reconnect backoff would make them wait for up to two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

GrpcCoordinatorLink::GrpcCoordinatorLink(const std::string& address, const Options& options)
    : address_(address), options_(options), stub_(CoordinatorService::NewStub(CreateChannel(address))) {}

template <typename Request, typename Reply>
absl::StatusOr<Reply> GrpcCoordinatorLink::Call(const char* name, Method<Request, Reply> method,
                                                const Request& request) {
  Reply reply;
  const absl::Status status = Retry(options_.retry, options_.clock, [&] {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + options_.call_timeout));
    return FromGrpcStatus((stub_.get()->*method)(&context, request, &reply));
  });
  if (status.ok()) return reply;
  return absl::Status(status.code(), absl::StrCat(name, " to the coordinator at ", address_, ": ", status.message()));
}

absl::StatusOr<RegisterReply> GrpcCoordinatorLink::Register(const RegisterRequest& request) {
  return Call("Register", &CoordinatorService::Stub::Register, request);
}

absl::StatusOr<ProgressReply> GrpcCoordinatorLink::ReportProgress(const ProgressReport& report) {
  return Call("ReportProgress", &CoordinatorService::Stub::ReportProgress, report);
}

absl::StatusOr<CheckpointReply> GrpcCoordinatorLink::ReportCheckpoint(const CheckpointReport& report) {
  return Call("ReportCheckpoint", &CoordinatorService::Stub::ReportCheckpoint, report);
}

absl::StatusOr<FinishedReply> GrpcCoordinatorLink::ReportFinished(const FinishedReport& report) {
  return Call("ReportFinished", &CoordinatorService::Stub::ReportFinished, report);
}

absl::StatusOr<ExchangeReply> GrpcCoordinatorLink::Exchange(const ExchangeRequest& request) {
  return Call("Exchange", &CoordinatorService::Stub::Exchange, request);
}

absl::StatusOr<GroupReply> GrpcCoordinatorLink::CheckGroup(const GroupRequest& request) {
  return Call("CheckGroup", &CoordinatorService::Stub::CheckGroup, request);
}

}  // namespace shoal
