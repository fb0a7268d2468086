// `shoal evaluate CKPT [JOB] [--input=INPUT] [--json]`.
#ifndef SHOAL_LAUNCHER_COMMANDS_EVALUATE_H_
#define SHOAL_LAUNCHER_COMMANDS_EVALUATE_H_

#include <ostream>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "launcher/commands/inference.h"

namespace shoal {

struct EvaluateOptions {
  InferenceOptions inference;
  // One JSON object instead of a line a metric.
  bool json = false;
};

// Prints the metrics of the input, by the names of summary.json; and knn_accuracy, where the job has it and the input
// is other than "train", whose examples would find themselves. Errors as StartInference, TrainedModel::Evaluate,
// MeasureKnnAccuracy.
absl::Status RunEvaluate(FileSystem& files, const EvaluateOptions& options, std::ostream& out, std::ostream& err);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EVALUATE_H_
