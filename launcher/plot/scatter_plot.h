// A cloud of points in the plane, coloured by label, as a gnuplot script.
//
// Thread safety: free functions.
#ifndef SHOAL_LAUNCHER_PLOT_SCATTER_PLOT_H_
#define SHOAL_LAUNCHER_PLOT_SCATTER_PLOT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "launcher/plot/gnuplot_text.h"

namespace shoal {

struct ScatterPlot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<float> points;        // [n, 2].
  std::vector<std::string> labels;  // [n], or none: all points have one colour.
  // Points drawn at most; of more, as many are drawn, chosen by a fixed order, and the title says so. At least 1.
  int64_t max_points = 10000;
};

// Both axes have the same scale, for which the canvas gets another height. Labels sort as classes do
// (label_vocabulary.h); of more than ten, the nine with the most points have colours and the others are grey. Points
// are drawn in a random order, the same every time, so that no label hides the others. InvalidArgument: no points, a
// number of labels other than that of the points, or the canvas's path.
absl::StatusOr<std::string> ScatterScript(const ScatterPlot& plot, const Canvas& canvas);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_SCATTER_PLOT_H_
