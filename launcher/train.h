// `shoal train`: from a job file to a trained, saved model.
#ifndef SHOAL_LAUNCHER_TRAIN_H_
#define SHOAL_LAUNCHER_TRAIN_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace shoal {

struct TrainOptions {
  std::string job_file;
  // Of fields of the job, "training.epochs=3", in order.
  std::vector<std::string> overrides;
  absl::optional<int> parameter_servers;
  absl::optional<int> workers;
  absl::optional<int> max_restarts;
  // Folder that the run writes. Default: runs/<name>-<YYYYmmdd-HHMMSS>. Required with `resume`.
  std::string output;
  bool resume = false;
  bool dry_run = false;
};

// Returns the exit code (exit_codes.h). Results and progress go to `out`, errors to `err`. Call it from the main
// thread, before there are others.
int RunTrain(const TrainOptions& options, std::ostream& out, std::ostream& err);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_TRAIN_H_
