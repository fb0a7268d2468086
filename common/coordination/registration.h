// Announces a process to its coordinator and waits until all processes of the job are there.
#ifndef SHOAL_COMMON_COORDINATION_REGISTRATION_H_
#define SHOAL_COMMON_COORDINATION_REGISTRATION_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/coordination/coordinator_link.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// Registers until the reply is ready; `wait` is called between two attempts. How long that may take is the launcher's
// decision: it ends processes whose job does not come together.
absl::StatusOr<RegisterReply> RegisterUntilReady(CoordinatorLink& link, const RegisterRequest& request,
                                                 absl::FunctionRef<void()> wait);

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_REGISTRATION_H_
