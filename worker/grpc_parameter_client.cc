#include "worker/grpc_parameter_client.h"

#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "worker/grpc_server_channel.h"
#include "worker/remote_parameter_client.h"

namespace shoal {

std::unique_ptr<ParameterClient> MakeGrpcParameterClient(const RegisterReply& assignment, int worker_rank) {
  const JobConfig& job = assignment.job().job();
  RemoteParameterClient::Options options;
  options.job_id = assignment.job_id();
  options.incarnation = assignment.incarnation();
  options.worker_rank = static_cast<uint32_t>(worker_rank);
  for (const TableConfig& table : job.tables()) {
    options.dims.push_back(table.embedding_dim());
    options.num_partitions.push_back(table.num_partitions());
  }
  options.partition_owner.assign(assignment.partition_owner().begin(), assignment.partition_owner().end());
  options.give_up_after = absl::Seconds(job.cluster().give_up_after_seconds());
  options.now = [] { return absl::Now(); };
  std::vector<std::unique_ptr<ServerChannel>> channels;
  for (const std::string& address : assignment.parameter_server_addresses()) {
    channels.push_back(
        std::make_unique<GrpcServerChannel>(address, absl::Seconds(job.cluster().request_timeout_seconds())));
  }
  return std::make_unique<RemoteParameterClient>(std::move(options), std::move(channels));
}

}  // namespace shoal
