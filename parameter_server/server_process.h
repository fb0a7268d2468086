// A parameter-server process from its listening socket to its last report.
#ifndef SHOAL_PARAMETER_SERVER_SERVER_PROCESS_H_
#define SHOAL_PARAMETER_SERVER_SERVER_PROCESS_H_

#include <string>

#include "absl/status/status.h"
#include "common/coordination/coordinator_link.h"

namespace shoal {

// Listens at `listen` ("unix:/path", or "127.0.0.1:0" for a port chosen by the system), registers as server `index`,
// serves the partitions that the coordinator assigns, and returns once all workers have finished. An error is what
// ended it, and has been logged: the address is taken, the checkpoint is damaged, the coordinator is gone. Workers that
// wait are told too.
absl::Status RunParameterServer(CoordinatorLink& link, int index, const std::string& listen);

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_SERVER_PROCESS_H_
