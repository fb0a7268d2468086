#include "worker/collective/create_collective.h"

#include <algorithm>

#include "absl/time/time.h"
#include "worker/collective/gloo_collective.h"
#include "worker/collective/local_collective.h"

namespace shoal {
namespace {

// In a group that is formed anew all have loaded their data, and one that is lost while they connect would hold the
// others up: Gloo does not ask.
absl::Duration ConnectTimeout(const RegisterReply& assignment) {
  const absl::Duration timeout = absl::Seconds(assignment.job().job().cluster().give_up_after_seconds());
  return assignment.has_rejoin() ? std::min(timeout, absl::Seconds(15)) : timeout;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                             CoordinatorLink* link) {
  const ClusterConfig& cluster = assignment.job().job().cluster();
  if (cluster.workers() == 1) return std::make_unique<LocalCollective>();
  GlooCollective::Options options;
  options.rank = rank;
  options.size = cluster.workers();
  options.incarnation = assignment.incarnation();
  options.connect_timeout = ConnectTimeout(assignment);
  options.timeout = absl::Seconds(cluster.give_up_after_seconds());
  return GlooCollective::Connect(options, link);
}

}  // namespace shoal
