#include "launcher/plot/scatter_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/permutation.h"
#include "common/base/status_macros.h"
#include "common/data/label_vocabulary.h"

namespace shoal {
namespace {

constexpr int kGrey = 0xC8C8C8;

struct LegendEntry {
  std::string text;
  int color;
};

struct Coloring {
  std::vector<LegendEntry> legend;
  absl::flat_hash_map<std::string, int> color_of;  // Labels without one are grey.
};

// By label, in the order of classes.
std::vector<std::pair<std::string, int64_t>> CountLabels(const std::vector<std::string>& labels) {
  Vocabulary seen;
  std::vector<int64_t> counts;
  for (const std::string& label : labels) {
    const uint64_t number = seen.Add(label);
    counts.resize(seen.size());
    ++counts[number];
  }
  const Vocabulary sorted = SortLabels(seen);
  std::vector<std::pair<std::string, int64_t>> result;
  for (int64_t i = 0; i < sorted.size(); ++i) result.emplace_back(sorted.key(i), counts[*seen.Find(sorted.key(i))]);
  return result;
}

Coloring ColorLabels(const std::vector<std::string>& labels) {
  std::vector<std::pair<std::string, int64_t>> shown = CountLabels(labels);
  const size_t distinct = shown.size();
  if (distinct > kPlotColors.size()) {
    std::stable_sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    shown.resize(kPlotColors.size() - 1);
  }
  Coloring coloring;
  for (const auto& [label, count] : shown) {
    const int color = kPlotColors[coloring.legend.size()];
    coloring.color_of[label] = color;
    coloring.legend.push_back({label, color});
  }
  if (shown.size() < distinct) {
    coloring.legend.push_back({absl::StrCat(distinct - shown.size(), " others"), kGrey});
  }
  return coloring;
}

// The points drawn, in their order.
std::vector<int64_t> Choose(int64_t num_points, int64_t max_points) {
  std::vector<int64_t> chosen(std::min(num_points, max_points));
  Permutation(num_points, /*seed=*/0, /*stream=*/0).Fill(0, absl::MakeSpan(chosen));
  return chosen;
}

// A line a point: x, y and its colour as the number 0xAARRGGBB.
std::string DataBlock(const ScatterPlot& plot, const Coloring& coloring, const std::vector<int64_t>& chosen) {
  constexpr int64_t kAlpha = 0x70;  // Overlapping points add up to full colour.
  std::string block = "$points << END\n";
  for (const int64_t i : chosen) {
    int color = kPlotColors[0];
    if (!plot.labels.empty()) {
      const auto found = coloring.color_of.find(plot.labels[i]);
      color = found == coloring.color_of.end() ? kGrey : found->second;
    }
    absl::StrAppendFormat(&block, "%.6g %.6g %d\n", plot.points[2 * i], plot.points[2 * i + 1], kAlpha << 24 | color);
  }
  return block + "END\n";
}

std::string Thousands(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (int64_t i = static_cast<int64_t>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, 1, ',');
  return digits;
}

std::string Title(const ScatterPlot& plot, size_t drawn) {
  const size_t all = plot.points.size() / 2;
  if (drawn == all) return plot.title;
  return absl::StrCat(plot.title, plot.title.empty() ? "" : ": ", Thousands(drawn), " of ", Thousands(all), " points");
}

// What the axes show.
struct Frame {
  std::array<double, 2> low;
  std::array<double, 2> high;

  double Span(int axis) const { return high[axis] - low[axis]; }
};

// The shorter axis shows three quarters of what the longer one does, at least.
Frame FrameOf(const std::vector<float>& points) {
  Frame frame = {{points[0], points[1]}, {points[0], points[1]}};
  for (size_t i = 0; i < points.size(); ++i) {
    frame.low[i % 2] = std::min<double>(frame.low[i % 2], points[i]);
    frame.high[i % 2] = std::max<double>(frame.high[i % 2], points[i]);
  }
  const double span = std::max(frame.Span(0), frame.Span(1));
  const double longest = span > 0 ? 1.08 * span : 1;
  for (const int axis : {0, 1}) {
    const double half = std::max(1.08 * frame.Span(axis), 0.75 * longest) / 2;
    const double middle = (frame.low[axis] + frame.high[axis]) / 2;
    frame.low[axis] = middle - half;
    frame.high[axis] = middle + half;
  }
  return frame;
}

// As high as the frame needs, beside a legend and above a label.
int HeightOf(const Frame& frame, int width) {
  return static_cast<int>(std::lround(0.82 * width * frame.Span(1) / frame.Span(0))) + 100;
}

std::string PlotCommand(const Coloring& coloring, size_t drawn) {
  // Points of a sparse cloud must be seen, those of a dense one must not run together.
  const double size = drawn > 5000 ? 0.3 : drawn > 1000 ? 0.4 : 0.6;
  std::string command = absl::StrFormat(
      "plot $points using 1:2:3 with points pointtype 7 pointsize %g linecolor rgb variable notitle", size);
  for (const LegendEntry& entry : coloring.legend) {
    absl::StrAppend(&command, ", \\\n  keyentry with points pointtype 7 pointsize 1 linecolor rgb ",
                    GnuplotColor(entry.color), " title ", GnuplotQuote(entry.text));
  }
  return command + "\n";
}

absl::Status Check(const ScatterPlot& plot) {
  const size_t num_points = plot.points.size() / 2;
  if (num_points == 0) return absl::InvalidArgumentError("there are no points to draw");
  if (plot.labels.empty() || plot.labels.size() == num_points) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("there are ", plot.labels.size(), " labels for ", num_points, " points"));
}

}  // namespace

absl::StatusOr<std::string> ScatterScript(const ScatterPlot& plot, const Canvas& canvas) {
  SHOAL_RETURN_IF_ERROR(Check(plot));
  const Frame frame = FrameOf(plot.points);
  Canvas fitting = canvas;
  fitting.height = HeightOf(frame, canvas.width);
  SHOAL_ASSIGN_OR_RETURN(std::string script, BeginGnuplotScript(fitting));
  const Coloring coloring = ColorLabels(plot.labels);
  const std::vector<int64_t> chosen = Choose(static_cast<int64_t>(plot.points.size()) / 2, plot.max_points);
  absl::StrAppend(&script, "set title ", GnuplotQuote(Title(plot, chosen.size())), " noenhanced\n",  //
                  "set xlabel ", GnuplotQuote(plot.x_label), " noenhanced\n",                        //
                  "set ylabel ", GnuplotQuote(plot.y_label), " noenhanced\n",                        //
                  "set key outside right center reverse Left samplen 0.5 spacing 1.2\n",             //
                  "set size ratio -1\n");
  absl::StrAppendFormat(&script, "set xrange [%.6g:%.6g]\nset yrange [%.6g:%.6g]\n", frame.low[0], frame.high[0],
                        frame.low[1], frame.high[1]);
  absl::StrAppend(&script, DataBlock(plot, coloring, chosen), PlotCommand(coloring, chosen.size()));
  return script;
}

}  // namespace shoal
