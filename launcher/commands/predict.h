// `shoal predict CKPT [JOB] [--input=INPUT] [--output=FILE]`.
#ifndef SHOAL_LAUNCHER_COMMANDS_PREDICT_H_
#define SHOAL_LAUNCHER_COMMANDS_PREDICT_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "launcher/commands/inference.h"

namespace shoal {

struct PredictOptions {
  InferenceOptions inference;
  // File to write. Empty: standard output.
  std::string output;
  // Whether an existing file is replaced. Default: that is an error.
  bool overwrite = false;
};

// Writes a header line and a line an example, in the order of the input, with tabs between the fields:
//
//   predicted, probability, label    of classifiers: the most probable label, how probable it is, the true label
//   predicted, <target>              of matrix factorization: the predicted number and the true one, under its column's
//                                    name
//
// behind the example's names (example_names.h) and without the last of these, the truth, where the input lacks it.
//
// A file appears whole or not at all. AlreadyExists: the output exists. Other errors as StartInference,
// TrainedModel::Predict.
absl::Status RunPredict(FileSystem& files, const PredictOptions& options, std::ostream& out, std::ostream& err);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_PREDICT_H_
