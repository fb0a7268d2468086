// Whether the group of workers that one belongs to still trains.
#ifndef SHOAL_COMMON_COORDINATION_IS_CURRENT_GROUP_H_
#define SHOAL_COMMON_COORDINATION_IS_CURRENT_GROUP_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/coordination/coordinator_link.h"

namespace shoal {

// Asks the coordinator once, as worker `rank`. `incarnation`: of the RegisterReply. False: the group is formed anew,
// under a later one. An error is the link's.
absl::StatusOr<bool> IsCurrentGroup(CoordinatorLink& link, int rank, uint32_t incarnation);

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_IS_CURRENT_GROUP_H_
