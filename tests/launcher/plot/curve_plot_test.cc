#include "launcher/plot/curve_plot.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string Script(const CurvePlot& plot) {
  const absl::StatusOr<std::string> script = CurveScript(plot, {"plot.png", "plot.png.tmp"});
  EXPECT_TRUE(script.ok()) << script.status();
  return script.ok() ? *script : "";
}

CurvePlot Falling(double epochs) {
  return {"run", {{"loss", false, {{"training", 0x1F77B4, false, {{0.5, 2}, {epochs, 1}}}}}}};
}

TEST(CurvePlotTest, APanelHasItsCurves) {
  CurvePlot plot = Falling(2);
  plot.panels[0].curves.push_back({"validation", 0xFF7F0E, true, {{1, 1.5}, {2, 1.25}}});
  const std::string script = Script(plot);
  EXPECT_THAT(script,
              AllOf(HasSubstr("set multiplot layout 1,1 title 'run' noenhanced\n"),
                    HasSubstr("set title 'loss' noenhanced\nset yrange [*:*] noextend\n"),
                    HasSubstr("$curve0 << END\n0.5 2\n2 1\nEND\n"), HasSubstr("$curve1 << END\n1 1.5\n2 1.25\nEND\n")));
  EXPECT_THAT(script, HasSubstr("plot $curve0 with lines linewidth 1 linecolor rgb '#1F77B4' notitle, \\\n"
                                "  $curve1 with linespoints pointtype 7 pointsize 0.5 linewidth 1.6 linecolor rgb "
                                "'#FF7F0E' notitle\n"));
}

TEST(CurvePlotTest, ThePanelsShareALegendBelowThem) {
  CurvePlot plot = Falling(2);
  plot.panels.push_back(plot.panels[0]);
  plot.panels[1].curves.push_back({"validation", 0xFF7F0E, true, {{1, 1.5}}});
  const std::string script = Script(plot);
  // Both entries beside each other; the drawing is a row of 20 points higher than the canvas.
  EXPECT_THAT(script,
              AllOf(HasSubstr("set terminal pngcairo size 1600,1320 "), HasSubstr("set bmargin at screen 0.1152\n"),
                    HasSubstr("unset key\nset multiplot layout 1,2 ")));
  EXPECT_THAT(script, HasSubstr("set tmargin at screen 0.0303\n"
                                "set key inside center center horizontal maxcols 2\n"
                                "plot NaN notitle, \\\n"
                                "  keyentry with lines linewidth 1 linecolor rgb '#1F77B4' title 'training', \\\n"
                                "  keyentry with linespoints pointtype 7 pointsize 0.5 linewidth 1.6 linecolor rgb "
                                "'#FF7F0E' title 'validation'\n"
                                "unset multiplot\n"));
}

TEST(CurvePlotTest, ALegendThatIsTooWideHasSeveralRows) {
  CurvePlot plot = Falling(2);
  for (const char* run : {"a", "b", "c"}) {
    plot.panels[0].curves.push_back(plot.panels[0].curves[0]);
    plot.panels[0].curves.back().label = std::string(40, 'x') + run;
  }
  EXPECT_THAT(Script(plot), AllOf(HasSubstr("set terminal pngcairo size 1600,1440 "), HasSubstr(" maxcols 1\n")));
}

TEST(CurvePlotTest, APointAloneIsDrawn) {
  CurvePlot plot = Falling(3);
  plot.panels[0].curves[0].points = {{1, 4}, {1.5, kNan}, {2, 3}, {2.5, 2}, {2.75, kNan}, {3, 1}};
  const std::string script = Script(plot);
  EXPECT_THAT(script, HasSubstr("$curve1 << END\n1 4\n3 1\nEND\n"));
  EXPECT_THAT(script, HasSubstr("$curve1 with points pointtype 7 pointsize 0.5 linecolor rgb '#1F77B4' notitle"));
}

TEST(CurvePlotTest, AxesOfSharesEndAtOne) {
  CurvePlot plot = Falling(2);
  plot.panels[0].is_share = true;
  EXPECT_THAT(Script(plot), HasSubstr("set yrange [*:*] noextend\n"));
  for (CurvePoint& point : plot.panels[0].curves[0].points) point.value /= 2;
  EXPECT_THAT(Script(plot), HasSubstr("set yrange [*:1] noextend\n"));
}

TEST(CurvePlotTest, AValueThatIsNotANumberIsAGap) {
  CurvePlot plot = Falling(3);
  plot.panels[0].curves[0].points.insert(plot.panels[0].curves[0].points.begin() + 1, {2, kNan});
  EXPECT_THAT(Script(plot), HasSubstr("0.5 2\n\n3 1\n"));
}

TEST(CurvePlotTest, EmptyPanelsAndCurvesAreLeftOut) {
  CurvePlot plot = Falling(3);
  plot.panels.push_back({"auc", true, {{"training", 0, false, {{1, kNan}}}}});
  plot.panels[0].curves.push_back({"validation", 0, true, {}});
  EXPECT_THAT(Script(plot), AllOf(HasSubstr("layout 1,1 "), Not(HasSubstr("auc")), Not(HasSubstr("validation"))));
}

TEST(CurvePlotTest, TicsAreWholeEpochs) {
  EXPECT_THAT(Script(Falling(1)), HasSubstr("set xrange [0:1.02]\nset xtics 1\n"));
  EXPECT_THAT(Script(Falling(10)), HasSubstr("set xtics 1\n"));
  EXPECT_THAT(Script(Falling(20)), HasSubstr("set xtics 2\n"));
  EXPECT_THAT(Script(Falling(50)), HasSubstr("set xtics 5\n"));
  EXPECT_THAT(Script(Falling(51)), HasSubstr("set xtics 10\n"));
  EXPECT_THAT(Script(Falling(1000)), HasSubstr("set xtics 100\n"));
}

TEST(CurvePlotTest, WithoutPointsThereIsNothingToDraw) {
  EXPECT_THAT(std::string(CurveScript({"run", {}}, {"a.png", "a"}).status().message()), HasSubstr("no points"));
}

}  // namespace
}  // namespace shoal
