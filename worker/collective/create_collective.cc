#include "worker/collective/create_collective.h"

#include "absl/time/time.h"
#include "worker/collective/gloo_collective.h"
#include "worker/collective/local_collective.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                             CoordinatorLink* link) {
  const ClusterConfig& cluster = assignment.job().job().cluster();
  if (cluster.workers() == 1) return std::make_unique<LocalCollective>();
  GlooCollective::Options options;
  options.rank = rank;
  options.size = cluster.workers();
  options.incarnation = assignment.incarnation();
  options.connect_timeout = absl::Seconds(cluster.give_up_after_seconds());
  options.timeout = absl::Seconds(cluster.give_up_after_seconds());
  return GlooCollective::Connect(options, link);
}

}  // namespace shoal
