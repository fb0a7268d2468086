#include "common/coordination/registration.h"

#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<RegisterReply> RegisterUntilReady(CoordinatorLink& link, const RegisterRequest& request,
                                                 absl::FunctionRef<void()> wait) {
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(RegisterReply reply, link.Register(request));
    if (reply.ready()) return reply;
    wait();
  }
}

}  // namespace shoal
