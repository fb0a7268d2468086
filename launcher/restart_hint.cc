#include "launcher/restart_hint.h"

#include "absl/strings/str_cat.h"
#include "common/config/dense_layers.h"

namespace shoal {

std::string RestartHint(const JobConfig& job) {
  const ClusterConfig& cluster = job.cluster();
  const bool holds_tables = cluster.parameter_servers() == 0;
  if (cluster.max_restarts() == 0 || cluster.workers() > 1 || (!holds_tables && !HasDenseParameters(job.model()))) {
    return "";
  }
  return absl::StrCat("hint: the only worker holds the ", holds_tables ? "tables" : "dense parameters",
                      " and cannot be started anew; cluster.max_restarts has no effect");
}

}  // namespace shoal
