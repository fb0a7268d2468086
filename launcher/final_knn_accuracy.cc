#include "launcher/final_knn_accuracy.h"

#include <memory>

#include "common/base/interruptible_files.h"
#include "common/base/status_macros.h"
#include "common/data/load_data.h"
#include "worker/inference/knn_accuracy.h"
#include "worker/inference/trained_model.h"

namespace shoal {

absl::StatusOr<absl::optional<double>> FinalKnnAccuracy(FileSystem& files, const ResolvedJob& job,
                                                        const std::string& checkpoint, Interrupted interrupted) {
  if (!job.job().model().network().has_knn_accuracy()) return absl::optional<double>();
  SHOAL_ASSIGN_OR_RETURN(const TrainingData data, LoadData(job, {}, interrupted));
  InterruptibleFiles interruptible(files, interrupted);
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<TrainedModel> model,
                         TrainedModel::Load(interruptible, checkpoint, static_cast<uint64_t>(job.total_steps()), job));
  SHOAL_ASSIGN_OR_RETURN(const double accuracy,
                         MeasureKnnAccuracy(*model, data.train, data.validation, [&](int64_t) -> absl::Status {
                           return interrupted() ? absl::CancelledError("interrupted") : absl::OkStatus();
                         }));
  return absl::make_optional(accuracy);
}

}  // namespace shoal
