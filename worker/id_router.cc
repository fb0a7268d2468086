#include "worker/id_router.h"

#include <numeric>
#include <utility>

namespace shoal {

IdRouter::IdRouter(std::vector<uint32_t> partition_owner, int num_servers)
    : partition_owner_(std::move(partition_owner)), num_servers_(num_servers) {}

void IdRouter::Route(absl::Span<const uint64_t> ids, int num_partitions, Routes* routes) const {
  routes->positions_.resize(ids.size());
  routes->begin_.assign(num_servers_ + 1, 0);
  if (num_servers_ == 1) {
    std::iota(routes->positions_.begin(), routes->positions_.end(), 0u);
    routes->begin_[1] = static_cast<uint32_t>(ids.size());
    return;
  }
  const auto partitions = static_cast<uint64_t>(num_partitions);
  for (uint64_t id : ids) ++routes->begin_[partition_owner_[id % partitions] + 1];
  std::partial_sum(routes->begin_.begin(), routes->begin_.end(), routes->begin_.begin());
  std::vector<uint32_t> next(routes->begin_.begin(), routes->begin_.end() - 1);
  for (uint32_t position = 0; position < ids.size(); ++position) {
    routes->positions_[next[partition_owner_[ids[position] % partitions]]++] = position;
  }
}

}  // namespace shoal
