// Whether a job can go on from a checkpoint.
#ifndef SHOAL_LAUNCHER_RESUME_H_
#define SHOAL_LAUNCHER_RESUME_H_

#include "absl/status/status.h"
#include "proto/job.pb.h"

namespace shoal {

// What may change between the runs: cluster, paths of data and pretrained vectors, name, epochs, learning rate,
// schedule, checkpoint policy, how often progress is shown, and what a trained network is used for (embedding_layers,
// knn_accuracy). But learning rate and schedule, and epochs under one_cycle and cosine, must stay where a table has
// DENSE_EQUIVALENT rows, and the schedule must stay where one cycles momentum and the other does not. Everything else
// decides what the weights are or which examples a step has: FailedPrecondition names every field that differs, with
// the saved value and the new one, a line each.
absl::Status CheckSameTraining(const ResolvedJob& saved, const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_RESUME_H_
