#include "common/coordination/is_current_group.h"

#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<bool> IsCurrentGroup(CoordinatorLink& link, int rank, uint32_t incarnation) {
  GroupRequest request;
  request.set_worker_rank(static_cast<uint32_t>(rank));
  request.set_incarnation(incarnation);
  SHOAL_ASSIGN_OR_RETURN(const GroupReply reply, link.CheckGroup(request));
  return reply.is_current();
}

}  // namespace shoal
