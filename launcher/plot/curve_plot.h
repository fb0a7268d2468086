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
  // Where curves leave room for the legend, which the first panel has: loss falls, accuracy rises.
  bool rises = false;
  std::vector<Curve> curves;
};

struct CurvePlot {
  std::string title;
  std::vector<CurvePanel> panels;  // Side by side.
};

// InvalidArgument: no point in any panel, or the canvas's path.
absl::StatusOr<std::string> CurveScript(const CurvePlot& plot, const Canvas& canvas);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_CURVE_PLOT_H_
