// A run whose workers are killed, beside one in which nothing happens.
#ifndef SHOAL_TESTS_INTEGRATION_WORKER_LOSSES_H_
#define SHOAL_TESTS_INTEGRATION_WORKER_LOSSES_H_

#include <string>
#include <vector>

#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {

// Trains a job of kSmallJobStepsPerEpoch steps an epoch twice; in the second run the workers `ranks` are killed one
// after the other. Expects that they are started anew and that both runs leave the same weights, checkpoints and
// validation. `epochs` must be enough for the kills.
void TrainWithLosses(ShoalWorkspace& workspace, const std::string& job_file, const Cluster& cluster, int epochs,
                     const std::vector<int>& ranks, std::vector<std::string> set = {});

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_WORKER_LOSSES_H_
