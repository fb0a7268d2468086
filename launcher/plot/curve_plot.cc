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

// A point without neighbours, which a line does not show.
bool IsAlone(const Curve& curve, size_t point) {
  const auto is_drawn = [&](size_t i) { return i < curve.points.size() && IsDrawn(curve.points[i]); };
  return is_drawn(point) && !is_drawn(point - 1) && !is_drawn(point + 1);
}

// The curve's points that a line does not show; of marked curves it shows all.
Curve LonePoints(const Curve& curve) {
  Curve lone = {curve.label, curve.color, curve.marked, {}};
  for (size_t i = 0; i < curve.points.size(); ++i) {
    if (!curve.marked && IsAlone(curve, i)) lone.points.push_back(curve.points[i]);
  }
  return lone;
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

constexpr char kPoints[] = " pointtype 7 pointsize 0.5";

std::string ColorText(const Curve& curve) { return absl::StrCat(" linecolor rgb ", GnuplotColor(curve.color)); }

std::string Style(const Curve& curve) {
  return absl::StrCat(
      curve.marked ? absl::StrCat("with linespoints", kPoints, " linewidth 1.6") : "with lines linewidth 1",
      ColorText(curve));
}

// Shares end at 1.
std::string YRange(const CurvePanel& panel) {
  double highest = -std::numeric_limits<double>::infinity();
  for (const Curve& curve : panel.curves) {
    for (const CurvePoint& point : curve.points) {
      if (IsDrawn(point)) highest = std::max(highest, point.value);
    }
  }
  return absl::StrCat("set yrange [*:", panel.is_share && highest <= 1 ? "1" : "*", "] noextend\n");
}

std::string PanelScript(const CurvePanel& panel) {
  std::string script = absl::StrCat("set title ", GnuplotQuote(panel.title), " noenhanced\n", YRange(panel));
  std::vector<std::string> elements;
  const auto add = [&](const Curve& curve, absl::string_view style) {
    const std::string name = absl::StrCat("$curve", elements.size());
    script += DataBlock(name, curve);
    elements.push_back(absl::StrCat(name, " ", style, " notitle"));
  };
  for (const Curve& curve : panel.curves) {
    if (!IsDrawn(curve)) continue;
    add(curve, Style(curve));
    const Curve lone = LonePoints(curve);
    if (!lone.points.empty()) add(lone, absl::StrCat("with points", kPoints, ColorText(curve)));
  }
  return absl::StrCat(script, "plot ", absl::StrJoin(elements, ", \\\n  "), "\n");
}

// Of all panels: each label once.
std::vector<const Curve*> LegendCurves(const CurvePlot& plot) {
  std::vector<const Curve*> curves;
  for (const CurvePanel& panel : plot.panels) {
    for (const Curve& curve : panel.curves) {
      const auto is_same = [&](const Curve* other) { return other->label == curve.label; };
      if (IsDrawn(curve) && absl::c_none_of(curves, is_same)) curves.push_back(&curve);
    }
  }
  return curves;
}

// The entries stand in rows below the panels, for which the canvas grows.
struct Legend {
  std::vector<std::string> entries;
  int columns = 1;
  int rows = 1;
};

Legend LegendOf(const CurvePlot& plot, int width) {
  // Points: of a letter, and of a line with the space around it.
  constexpr size_t kLetter = 9;
  constexpr size_t kLine = 80;
  Legend legend;
  size_t longest = 0;
  for (const Curve* curve : LegendCurves(plot)) {
    legend.entries.push_back(absl::StrCat("keyentry ", Style(*curve), " title ", GnuplotQuote(curve->label)));
    longest = std::max(longest, curve->label.size());
  }
  const int entries = static_cast<int>(legend.entries.size());
  legend.columns = std::clamp(width / static_cast<int>(longest * kLetter + kLine), 1, entries);
  legend.rows = (entries + legend.columns - 1) / legend.columns;
  return legend;
}

// A plot of nothing else, `height` of the canvas high and as wide as it is: gnuplot breaks rows at a plot's width.
std::string LegendScript(const Legend& legend, double height) {
  return absl::StrFormat(
      "unset title\nunset xlabel\nunset border\nunset tics\nset yrange [0:1]\n"
      "set lmargin at screen 0\nset rmargin at screen 1\nset bmargin at screen 0\nset tmargin at screen %.4f\n"
      "set key inside center center horizontal maxcols %d\n"
      "plot NaN notitle, \\\n  %s\n",
      height, legend.columns, absl::StrJoin(legend.entries, ", \\\n  "));
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
  // Points: of a row of the legend, and of the axis above it with its title.
  constexpr int kRow = 20;
  constexpr int kAxis = 56;
  const auto drawn = absl::c_count_if(plot.panels, [](const CurvePanel& panel) { return IsDrawn(panel); });
  if (drawn == 0) return absl::InvalidArgumentError("there are no points to draw");
  const Legend legend = LegendOf(plot, canvas.width);
  Canvas with_legend = canvas;
  with_legend.height += legend.rows * kRow;
  SHOAL_ASSIGN_OR_RETURN(std::string script, BeginGnuplotScript(with_legend));
  const double height = with_legend.height;
  const double last_epoch = LastEpoch(plot);
  absl::StrAppendFormat(&script, "set xlabel 'epoch'\nset xrange [0:%.9g]\nset xtics %d\n", 1.02 * last_epoch,
                        TicStep(last_epoch));
  absl::StrAppendFormat(&script, "set bmargin at screen %.4f\n", (legend.rows * kRow + kAxis) / height);
  absl::StrAppend(&script, "set offsets 0, 0, graph 0.05, graph 0.05\nunset key\n");
  absl::StrAppend(&script, "set multiplot layout 1,", drawn, " title ", GnuplotQuote(plot.title), " noenhanced\n");
  for (const CurvePanel& panel : plot.panels) {
    if (IsDrawn(panel)) script += PanelScript(panel);
  }
  return absl::StrCat(script, LegendScript(legend, legend.rows * kRow / height), "unset multiplot\n");
}

}  // namespace shoal
