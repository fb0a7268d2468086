// The one place where gRPC's status and absl::Status are turned into each other.
#ifndef SHOAL_COMMON_COORDINATION_GRPC_STATUS_H_
#define SHOAL_COMMON_COORDINATION_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace shoal {

// The codes have the same numbers on both sides; a number that absl does not know becomes Unknown.
absl::Status FromGrpcStatus(const grpc::Status& status);
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_GRPC_STATUS_H_
