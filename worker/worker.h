// A worker process from registration to its last report.
#ifndef SHOAL_WORKER_WORKER_H_
#define SHOAL_WORKER_WORKER_H_

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "common/coordination/coordinator_link.h"
#include "worker/compute/accelerator.h"

namespace shoal {

// Registers as worker `rank`, loads the data, trains as the coordinator assigns, embedded or against parameter servers,
// and reports. Returns once training is over or was stopped; an error is what ended it. Where the job computes with
// CUDA, on `device`, by default on number `rank` modulo their number; one that is not there is an error before data is
// loaded.
absl::Status RunWorker(CoordinatorLink& link, int rank, const Accelerator& accelerator, absl::optional<int> device);

}  // namespace shoal

#endif  // SHOAL_WORKER_WORKER_H_
