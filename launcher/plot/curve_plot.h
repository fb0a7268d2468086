// Metrics over epochs, a panel each, as a gnuplot script.
//
// Thread safety: free functions.
#ifndef SHOAL_LAUNCHER_PLOT_CURVE_PLOT_H_
#define SHOAL_LAUNCHER_PLOT_CURVE_PLOT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "launcher/plot/gnuplot_text.h"

namespace shoal {

struct CurvePoint {
  double epoch;
  double value;  // NaN: a gap.
};

struct Curve {
  std::string label;
  int color;            // 0xRRGGBB.
  bool marked = false;  // A thick line with its points marked; else a thin one.
  std::vector<CurvePoint> points;
};

struct CurvePanel {
  std::string title;
  // At most 1, where the axis then ends.
  bool is_share = false;
  std::vector<Curve> curves;
};

struct CurvePlot {
  std::string title;
  std::vector<CurvePanel> panels;  // Side by side.
};

// The panels fill the canvas. Their legend, in which each label stands once, is below them, and the drawing as much
// higher. Axes begin and end where the points do, so that small differences can be seen.
// InvalidArgument: no point in any panel, or the canvas's path.
absl::StatusOr<std::string> CurveScript(const CurvePlot& plot, const Canvas& canvas);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_CURVE_PLOT_H_
