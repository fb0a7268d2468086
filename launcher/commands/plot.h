// `shoal plot embeddings FILE --output=O` and `shoal plot losses RUN... --output=O`.
#ifndef SHOAL_LAUNCHER_COMMANDS_PLOT_H_
#define SHOAL_LAUNCHER_COMMANDS_PLOT_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/file_system.h"

namespace shoal {

struct PlotOptions {
  // .png or .svg.
  std::string output;
  // Default: the name of the file or run; of several runs, nothing.
  std::string title;
  // Whether an existing output is replaced. Default: that is an error.
  bool overwrite = false;
};

struct PlotEmbeddingsOptions {
  PlotOptions plot;
  // .npy or .tsv, a vector each row.
  std::string vectors;
  // A label a line, for each vector. Default: the file that `shoal embed` writes beside the vectors, x.labels.tsv
  // beside x.npy, if it is there.
  std::string labels;
  // Points drawn at most.
  int64_t max_points = 10000;
};

struct PlotCurvesOptions {
  PlotOptions plot;
  // Run directories.
  std::vector<std::string> runs;
  // Metrics, a panel each. Default: loss, and of accuracy, auc and rmse those that the runs have.
  std::vector<std::string> metrics;
};

// Draws what a script says: RunGnuplot.
using RunScript = absl::FunctionRef<absl::Status(absl::string_view script)>;

// Draws the vectors in the plane, coloured by label, and prints what was drawn. The output appears whole or not at all.
// AlreadyExists: the output exists. Else as the readers, ProjectOnPlane, ScatterScript and RunGnuplot.
absl::Status RunPlotEmbeddings(FileSystem& file_system, const PlotEmbeddingsOptions& options, RunScript run_script,
                               std::ostream& out);

// Draws the metrics of training and validation over the epochs. NotFound: no run has the metric; lists those that there
// are. Else as above.
absl::Status RunPlotCurves(FileSystem& file_system, const PlotCurvesOptions& options, RunScript run_script,
                           std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_PLOT_H_
