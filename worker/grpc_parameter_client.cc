#include "worker/grpc_parameter_client.h"

#include <utility>
#include <vector>

#include "common/base/steady_now.h"
#include "worker/grpc_server_channel.h"

namespace shoal {

std::unique_ptr<RemoteParameterClient> MakeGrpcParameterClient(const RegisterReply& assignment, int worker_rank) {
  const JobConfig& job = assignment.job().job();
  RemoteParameterClient::Options options =
      RemoteParameterClient::OptionsFor(assignment, static_cast<uint32_t>(worker_rank));
  options.now = [] { return SteadyNow(); };
  std::vector<std::unique_ptr<ServerChannel>> channels;
  for (const std::string& address : assignment.parameter_server_addresses()) {
    channels.push_back(
        std::make_unique<GrpcServerChannel>(address, absl::Seconds(job.cluster().request_timeout_seconds())));
  }
  return std::make_unique<RemoteParameterClient>(std::move(options), std::move(channels));
}

}  // namespace shoal
