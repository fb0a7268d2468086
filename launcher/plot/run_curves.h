// How the metrics of a run went, from what it wrote: metrics.jsonl, summary.json and job.textproto (docs/launcher.md).
#ifndef SHOAL_LAUNCHER_PLOT_RUN_CURVES_H_
#define SHOAL_LAUNCHER_PLOT_RUN_CURVES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "launcher/plot/curve_plot.h"

namespace shoal {

struct RunCurves {
  // The last part of the run's path.
  std::string name;
  // By metric. A value that is not a number is NaN.
  std::map<std::string, std::vector<CurvePoint>> train;       // Means over intervals, at their middle.
  std::map<std::string, std::vector<CurvePoint>> validation;  // After each epoch.
};

// The run may still be going on. NotFound: `path` is no run. DataLoss names the file, and the line of metrics.jsonl,
// that is not what a run writes.
absl::StatusOr<RunCurves> ReadRunCurves(FileSystem& file_system, const std::string& path);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_RUN_CURVES_H_
