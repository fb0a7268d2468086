#include "launcher/plot/curve_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

bool IsDrawn(const CurvePoint& point) { return std::isfinite(point.value); }

bool IsDrawn(const Curve& curve) {
  return absl::c_any_of(curve.points, [](const CurvePoint& point) { return IsDrawn(point); });
}

bool IsDrawn(const CurvePanel& panel) {
  return absl::c_any_of(panel.curves, [](const Curve& curve) { return IsDrawn(curve); });
}

// An empty line interrupts the curve.
std::string DataBlock(const std::string& name, const Curve& curve) {
  std::string block = absl::StrCat(name, " << END\n");
  for (const CurvePoint& point : curve.points) {
    if (IsDrawn(point)) absl::StrAppendFormat(&block, "%.9g %.9g", point.epoch, point.value);
    block += "\n";
  }
  return block + "END\n";
}

std::string Element(const std::string& name, const Curve& curve) {
  return absl::StrCat(
      name, curve.marked ? " with linespoints pointtype 7 pointsize 0.5 linewidth 1.6" : " with lines linewidth 1",
      " linecolor rgb ", GnuplotColor(curve.color), " title ", GnuplotQuote(curve.label));
}

// Shares end at 1, and what falls towards 0, as losses do, begins there.
std::string YRange(const CurvePanel& panel) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const Curve& curve : panel.curves) {
    for (const CurvePoint& point : curve.points) {
      if (!IsDrawn(point)) continue;
      lowest = std::min(lowest, point.value);
      highest = std::max(highest, point.value);
    }
  }
  return absl::StrCat("set yrange [", !panel.rises && lowest >= 0 ? "0" : "*", ":",
                      panel.rises && highest <= 1 ? "1" : "*", "]\n");
}

std::string PanelScript(const CurvePanel& panel, bool legend) {
  std::string script =
      absl::StrCat("set title ", GnuplotQuote(panel.title), " noenhanced\n", YRange(panel),
                   legend ? absl::StrCat("set key ", panel.rises ? "bottom" : "top", " right\n") : "unset key\n");
  std::vector<std::string> elements;
  for (const Curve& curve : panel.curves) {
    if (!IsDrawn(curve)) continue;
    const std::string name = absl::StrCat("$curve", elements.size());
    script += DataBlock(name, curve);
    elements.push_back(Element(name, curve));
  }
  return absl::StrCat(script, "plot ", absl::StrJoin(elements, ", \\\n  "), "\n");
}

double LastEpoch(const CurvePlot& plot) {
  double last = 0;
  for (const CurvePanel& panel : plot.panels) {
    for (const Curve& curve : panel.curves) {
      for (const CurvePoint& point : curve.points) last = std::max(last, point.epoch);
    }
  }
  return last;
}

// Whole epochs, of which few have a number: steps of 1, 2, 5, 10, 20, 50 and so on.
int64_t TicStep(double last_epoch) {
  constexpr int kMostTics = 10;
  int64_t step = 1;
  for (int i = 0; last_epoch / static_cast<double>(step) > kMostTics; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  return step;
}

}  // namespace

absl::StatusOr<std::string> CurveScript(const CurvePlot& plot, const Canvas& canvas) {
  SHOAL_ASSIGN_OR_RETURN(std::string script, BeginGnuplotScript(canvas));
  const auto drawn = absl::c_count_if(plot.panels, [](const CurvePanel& panel) { return IsDrawn(panel); });
  if (drawn == 0) return absl::InvalidArgumentError("there are no points to draw");
  const double last_epoch = LastEpoch(plot);
  absl::StrAppendFormat(&script, "set xlabel 'epoch'\nset xrange [0:%.9g]\nset xtics %d\n", 1.02 * last_epoch,
                        TicStep(last_epoch));
  absl::StrAppend(&script, "set offsets 0, 0, graph 0.05, graph 0.05\n");
  absl::StrAppend(&script, "set multiplot layout 1,", drawn, " title ", GnuplotQuote(plot.title), " noenhanced\n");
  bool legend = true;
  for (const CurvePanel& panel : plot.panels) {
    if (!IsDrawn(panel)) continue;
    script += PanelScript(panel, legend);
    legend = false;
  }
  return script + "unset multiplot\n";
}

}  // namespace shoal
