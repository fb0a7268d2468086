// What `shoal train` measures once the last checkpoint is there: job.model.network.knn_accuracy.
#ifndef SHOAL_LAUNCHER_FINAL_KNN_ACCURACY_H_
#define SHOAL_LAUNCHER_FINAL_KNN_ACCURACY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/base/file_system.h"
#include "common/base/interrupted.h"
#include "proto/job.pb.h"

namespace shoal {

// Of the validation examples, by the checkpoint of the last step; nothing where the job does not ask for it. Examples,
// tables and dense parameters are all loaded into this process. Cancelled: `interrupted` said so.
absl::StatusOr<absl::optional<double>> FinalKnnAccuracy(FileSystem& files, const ResolvedJob& job,
                                                        const std::string& checkpoint, Interrupted interrupted);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_FINAL_KNN_ACCURACY_H_
