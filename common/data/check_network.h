// Whether a network fits its data: what of it depends on sizes of images and numbers of classes.
#ifndef SHOAL_COMMON_DATA_CHECK_NETWORK_H_
#define SHOAL_COMMON_DATA_CHECK_NETWORK_H_

#include "absl/status/status.h"
#include "proto/job.pb.h"

namespace shoal {

// InvalidArgument, naming fields and values: the features are too wide, the tower does not fit their width, it has
// fewer outputs than the label has classes, the class tables of sampled softmax fit neither, balanced batches or
// samples ask for more classes than there are, or knn_accuracy for more neighbours than there are training examples. A
// job without a network passes. REQUIRES: ValidateJob has passed; `job` has its labels, images and tables.
absl::Status CheckNetwork(const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_CHECK_NETWORK_H_
