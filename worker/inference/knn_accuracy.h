// How well embeddings tell labels apart: the share of examples whose label is that of most of their nearest training
// examples (job.proto's KnnAccuracy).
//
// Thread safety: free functions.
#ifndef SHOAL_WORKER_INFERENCE_KNN_ACCURACY_H_
#define SHOAL_WORKER_INFERENCE_KNN_ACCURACY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/data/dataset.h"
#include "worker/inference/trained_model.h"

namespace shoal {

// The label of most neighbours; of equally frequent ones that of the nearest. `labels` are those of the neighbours,
// the nearest first. REQUIRES: there is one at least.
int64_t VotedLabel(absl::Span<const int64_t> labels);

// Share of the `data` examples whose label is the voted one of their k nearest in `train`, as
// job.model.network.knn_accuracy says. An example that is in both finds itself. `progress` counts the
// examples of both, and is told of the last during the search, too.
// InvalidArgument: there are no examples, or an embedding is not finite. REQUIRES: the network has knn_accuracy and a
// label.
absl::StatusOr<double> MeasureKnnAccuracy(TrainedModel& model, const Dataset& train, const Dataset& data,
                                          InferenceProgress progress = IgnoreProgress);

}  // namespace shoal

#endif  // SHOAL_WORKER_INFERENCE_KNN_ACCURACY_H_
