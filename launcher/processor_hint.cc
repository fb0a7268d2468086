#include "launcher/processor_hint.h"

#include "absl/strings/str_cat.h"
#include "common/base/counted.h"

namespace shoal {

std::string ProcessorHint(const ClusterConfig& cluster, int processors) {
  const int processes = cluster.parameter_servers() + cluster.workers();
  if (processors == 0 || processes == 1 || processes <= processors) return "";
  return absl::StrCat("hint: ", Counted(cluster.parameter_servers(), "parameter server"), " and ",
                      Counted(cluster.workers(), "worker"), " share ", Counted(processors, "processor"),
                      "; fewer of them may be faster (cluster.parameter_servers, cluster.workers)");
}

}  // namespace shoal
