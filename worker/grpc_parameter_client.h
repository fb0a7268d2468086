// The parameter client of a worker that reaches its servers over gRPC.
#ifndef SHOAL_WORKER_GRPC_PARAMETER_CLIENT_H_
#define SHOAL_WORKER_GRPC_PARAMETER_CLIENT_H_

#include <memory>

#include "proto/coordinator_service.pb.h"
#include "worker/remote_parameter_client.h"

namespace shoal {

// Lines to the servers of `assignment`; connects with the first request.
std::unique_ptr<RemoteParameterClient> MakeGrpcParameterClient(const RegisterReply& assignment, int worker_rank);

}  // namespace shoal

#endif  // SHOAL_WORKER_GRPC_PARAMETER_CLIENT_H_
