#include "launcher/process_id.h"

#include "absl/strings/str_cat.h"

namespace shoal {

std::string ProcessName(const ProcessId& id) {
  return absl::StrCat(id.role == WORKER ? "worker-" : "parameter_server-", id.index);
}

std::string ProcessTitle(const ProcessId& id) {
  return absl::StrCat(id.role == WORKER ? "worker " : "parameter server ", id.index);
}

}  // namespace shoal
