// A worker process from registration to its last report.
#ifndef SHOAL_WORKER_WORKER_H_
#define SHOAL_WORKER_WORKER_H_

#include "absl/status/status.h"
#include "common/coordination/coordinator_link.h"

namespace shoal {

// Registers as worker `rank`, loads the data, trains as the coordinator assigns, embedded or against parameter servers,
// and reports. Returns once training is over or was stopped; an error is what ended it.
absl::Status RunWorker(CoordinatorLink& link, int rank);

}  // namespace shoal

#endif  // SHOAL_WORKER_WORKER_H_
