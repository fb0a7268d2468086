#include "launcher/commands/plot.h"

#include <filesystem>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/config/name_hint.h"
#include "launcher/commands/check_free.h"
#include "launcher/plot/curve_plot.h"
#include "launcher/plot/labeled_vectors.h"
#include "launcher/plot/plane.h"
#include "launcher/plot/run_curves.h"
#include "launcher/plot/scatter_plot.h"

namespace shoal {
namespace {

// A file beside the output, of the same ending, that becomes the output once it is whole.
Canvas CanvasOf(const PlotOptions& options, int width, int height) {
  return {options.output, absl::StrCat(options.output, ".tmp"), width, height};
}

absl::Status Draw(FileSystem& file_system, const Canvas& canvas, absl::string_view script, RunScript run_script,
                  std::ostream& out) {
  const absl::Status drawn = run_script(script);
  if (!drawn.ok()) {
    file_system.RemoveTree(canvas.file).IgnoreError();  // What there is of it.
    return drawn;
  }
  SHOAL_RETURN_IF_ERROR(file_system.Rename(canvas.file, canvas.path));
  out << canvas.path << ": ";
  return absl::OkStatus();
}

// "x.npy" -> "x.labels.tsv".
std::string LabelsBeside(const std::string& vectors) {
  return std::filesystem::path(vectors).replace_extension(".labels.tsv").string();
}

absl::StatusOr<std::vector<std::string>> FindLabels(FileSystem& file_system, const PlotEmbeddingsOptions& options) {
  if (!options.labels.empty()) return ReadLabels(options.labels);
  SHOAL_ASSIGN_OR_RETURN(const bool beside, file_system.Exists(LabelsBeside(options.vectors)));
  return beside ? ReadLabels(LabelsBeside(options.vectors)) : std::vector<std::string>();
}

std::vector<std::string> MetricsOf(const std::vector<RunCurves>& runs) {
  std::set<std::string> metrics;
  for (const RunCurves& run : runs) {
    for (const auto& [metric, curve] : run.train) metrics.insert(metric);
    for (const auto& [metric, curve] : run.validation) metrics.insert(metric);
  }
  return {metrics.begin(), metrics.end()};
}

absl::StatusOr<std::vector<std::string>> ChooseMetrics(const std::vector<RunCurves>& runs,
                                                       const std::vector<std::string>& wanted) {
  const std::vector<std::string> known = MetricsOf(runs);
  for (const std::string& metric : wanted) {
    if (absl::c_linear_search(known, metric)) continue;
    return absl::NotFoundError(
        absl::StrCat("no run has the metric '", metric, "': ", NameHint(metric, "metrics", known)));
  }
  if (!wanted.empty()) return wanted;
  std::vector<std::string> metrics;
  for (const char* metric : {"loss", "accuracy", "auc", "rmse"}) {
    if (absl::c_linear_search(known, metric)) metrics.push_back(metric);
  }
  return metrics;
}

bool IsShare(absl::string_view metric) { return metric == "auc" || absl::EndsWith(metric, "accuracy"); }

// Of one run, training and validation have colours; of several, the runs.
CurvePanel PanelOf(const std::string& metric, const std::vector<RunCurves>& runs) {
  CurvePanel panel{metric, IsShare(metric), {}};
  const bool single = runs.size() == 1;
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string prefix = single ? "" : runs[i].name + " ";
    const int color = kPlotColors[i % kPlotColors.size()];
    const auto add = [&](const char* part, const auto& curves, int part_color, bool marked) {
      const auto curve = curves.find(metric);
      if (curve != curves.end()) panel.curves.push_back({prefix + part, part_color, marked, curve->second});
    };
    add("training", runs[i].train, color, /*marked=*/false);
    add("validation", runs[i].validation, single ? kPlotColors[1] : color, /*marked=*/true);
  }
  return panel;
}

}  // namespace

absl::Status RunPlotEmbeddings(FileSystem& file_system, const PlotEmbeddingsOptions& options, RunScript run_script,
                               std::ostream& out) {
  SHOAL_RETURN_IF_ERROR(CheckFree(file_system, options.plot.output, options.plot.overwrite));
  SHOAL_ASSIGN_OR_RETURN(const Vectors vectors, ReadVectors(options.vectors));
  ScatterPlot plot;
  SHOAL_ASSIGN_OR_RETURN(plot.labels, FindLabels(file_system, options));
  SHOAL_ASSIGN_OR_RETURN(Plane plane, ProjectOnPlane(vectors.values, vectors.dim));
  plot.points = std::move(plane.points);
  plot.x_label = plane.axes[0];
  plot.y_label = plane.axes[1];
  plot.title = options.plot.title.empty() ? std::filesystem::path(options.vectors).stem().string() : options.plot.title;
  plot.max_points = options.max_points;
  const Canvas canvas = CanvasOf(options.plot, 800, 640);
  SHOAL_ASSIGN_OR_RETURN(const std::string script, ScatterScript(plot, canvas));
  SHOAL_RETURN_IF_ERROR(Draw(file_system, canvas, script, run_script, out));
  out << plot.points.size() / 2 << " vectors of " << vectors.dim << " numbers\n";
  return absl::OkStatus();
}

absl::Status RunPlotCurves(FileSystem& file_system, const PlotCurvesOptions& options, RunScript run_script,
                           std::ostream& out) {
  SHOAL_RETURN_IF_ERROR(CheckFree(file_system, options.plot.output, options.plot.overwrite));
  std::vector<RunCurves> runs;
  for (const std::string& path : options.runs) {
    SHOAL_ASSIGN_OR_RETURN(RunCurves run, ReadRunCurves(file_system, path));
    runs.push_back(std::move(run));
  }
  SHOAL_ASSIGN_OR_RETURN(const std::vector<std::string> metrics, ChooseMetrics(runs, options.metrics));
  CurvePlot plot;
  plot.title = options.plot.title.empty() && runs.size() == 1 ? runs[0].name : options.plot.title;
  for (const std::string& metric : metrics) plot.panels.push_back(PanelOf(metric, runs));
  const Canvas canvas = CanvasOf(options.plot, 480 * static_cast<int>(metrics.size()), 400);
  SHOAL_ASSIGN_OR_RETURN(const std::string script, CurveScript(plot, canvas));
  SHOAL_RETURN_IF_ERROR(Draw(file_system, canvas, script, run_script, out));
  out << metrics.size() << (metrics.size() == 1 ? " metric of " : " metrics of ") << runs.size()
      << (runs.size() == 1 ? " run\n" : " runs\n");
  return absl::OkStatus();
}

}  // namespace shoal
