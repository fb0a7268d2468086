#include "parameter_server/server_process.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file_system.h"
#include "common/base/log_line.h"
#include "common/base/peak_memory.h"
#include "common/base/status_macros.h"
#include "common/codec/message_limits.h"
#include "common/coordination/registration.h"
#include "parameter_server/checkpoint_saver.h"
#include "parameter_server/parameter_service.h"
#include "parameter_server/restore_shard.h"

namespace shoal {
namespace {

struct ListeningServer {
  std::unique_ptr<grpc::Server> server;
  std::string address;  // With the port that the system chose.
};

absl::StatusOr<ListeningServer> Listen(const std::string& listen, ParameterServiceImpl* service) {
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  // Two servers must never share a port by mistake.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  service->AddTo(&builder);
  ListeningServer listening;
  listening.server = builder.BuildAndStart();
  if (listening.server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen at ", listen, "; is the address in use?"));
  }
  service->Listen();
  const bool is_unix = absl::StartsWith(listen, "unix:");
  listening.address = is_unix ? listen : absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
  return listening;
}

// Says what ended the server.
absl::Status Logged(int index, absl::Status status) {
  if (!status.ok()) LogLine(absl::StrCat("parameter server ", index, ": ", status.ToString()));
  return status;
}

// Asks until every worker has finished; the coordinator's silence ends the process.
absl::Status AwaitEndOfJob(CoordinatorLink& link, int index) {
  FinishedReport report;
  report.set_role(Role::PARAMETER_SERVER);
  report.set_index(static_cast<uint32_t>(index));
  while (true) {
    report.set_peak_memory_bytes(PeakMemoryBytes());
    SHOAL_ASSIGN_OR_RETURN(const FinishedReply reply, link.ReportFinished(report));
    if (reply.may_exit()) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(50));
  }
}

}  // namespace

absl::Status RunParameterServer(CoordinatorLink& link, int index, const std::string& listen) {
  std::unique_ptr<CheckpointSaver> saver;  // Outlives the service, whose server saves through it.
  ParameterServiceImpl service;
  const absl::StatusOr<ListeningServer> listening = Listen(listen, &service);
  if (!listening.ok()) return Logged(index, listening.status());

  RegisterRequest registration;
  registration.set_role(Role::PARAMETER_SERVER);
  registration.set_index(static_cast<uint32_t>(index));
  registration.set_address(listening->address);
  registration.set_pid(getpid());
  const absl::Status status = [&]() -> absl::Status {
    SHOAL_ASSIGN_OR_RETURN(const RegisterReply assignment,
                           RegisterUntilReady(link, registration, [] { absl::SleepFor(absl::Milliseconds(10)); }));
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Shard> shard,
                           RestoreShard(PosixFileSystem(), assignment, Role::PARAMETER_SERVER, registration.index()));
    saver = std::make_unique<CheckpointSaver>(PosixFileSystem(), assignment, Role::PARAMETER_SERVER,
                                              registration.index(), &link);
    LogLine(absl::StrCat("parameter server ", index, ": serves at ", listening->address, " from step ",
                         shard->applied_step() + 1));
    service.Serve(std::make_unique<ParameterServer>(std::move(shard), saver.get()),
                  absl::Microseconds(assignment.job().job().cluster().busy_wait_microseconds()));
    SHOAL_RETURN_IF_ERROR(AwaitEndOfJob(link, index));
    LogLine(absl::StrCat("parameter server ", index, ": all workers have finished"));
    return absl::OkStatus();
  }();
  // Before workers hear of it, who then end too: what comes first is what the user is shown.
  Logged(index, status).IgnoreError();
  service.Shutdown(listening->server.get(), status);
  return status;
}

}  // namespace shoal
