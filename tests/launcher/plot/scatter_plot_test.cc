#include "launcher/plot/scatter_plot.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::string Script(const ScatterPlot& plot, const std::string& path = "plot.svg") {
  const absl::StatusOr<std::string> script = ScatterScript(plot, {path, path + ".tmp", 800, 0});
  EXPECT_TRUE(script.ok()) << script.status();
  return script.ok() ? *script : "";
}

// The lines between "<< END" and "END".
std::vector<std::string> Points(const std::string& script) {
  const size_t begin = script.find("<< END\n") + 7;
  return absl::StrSplit(script.substr(begin, script.find("\nEND\n") - begin), '\n');
}

std::vector<std::string> Legend(const std::string& script) {
  std::vector<std::string> entries;
  for (const absl::string_view part : absl::StrSplit(script, "keyentry ")) {
    if (absl::StartsWith(part, "with")) entries.emplace_back(part.substr(part.find("rgb ")));
  }
  for (std::string& entry : entries) entry = entry.substr(0, entry.find_first_of(",\n", entry.find("title")));
  return entries;
}

// As the number 0x70RRGGBB.
std::string ColorNumber(int rgb) { return absl::StrCat((int64_t{0x70} << 24) + rgb); }

TEST(ScatterPlotTest, PointsHaveTheColourOfTheirLabel) {
  const std::string script = Script({"spam", "x", "y", {1, 2, -0.5F, 1e-9F, 3, 4}, {"ham", "spam", "ham"}});
  EXPECT_THAT(Points(script),
              UnorderedElementsAre("1 2 " + ColorNumber(0x1F77B4), "-0.5 1e-09 " + ColorNumber(0xFF7F0E),
                                   "3 4 " + ColorNumber(0x1F77B4)));
  EXPECT_THAT(Legend(script), ElementsAre("rgb '#1F77B4' title 'ham'", "rgb '#FF7F0E' title 'spam'"));
  EXPECT_THAT(script, AllOf(HasSubstr("set title 'spam' noenhanced\n"), HasSubstr("set xlabel 'x' noenhanced\n"),
                            HasSubstr("set ylabel 'y' noenhanced\n")));
}

TEST(ScatterPlotTest, WholeNumbersAreLegendEntriesInTheirOrder) {
  ScatterPlot plot;
  for (const char* label : {"10", "9", "2"}) {
    plot.points.insert(plot.points.end(), {1, 1});
    plot.labels.emplace_back(label);
  }
  EXPECT_THAT(Legend(Script(plot)),
              ElementsAre(HasSubstr("title '2'"), HasSubstr("title '9'"), HasSubstr("title '10'")));
}

TEST(ScatterPlotTest, OfMoreThanTenLabelsTheRareOnesAreGrey) {
  ScatterPlot plot;
  for (int label = 0; label < 12; ++label) {
    const int count = label < 3 ? 1 : 2;
    for (int i = 0; i < count; ++i) {
      plot.points.insert(plot.points.end(), {static_cast<float>(label), 0});
      plot.labels.push_back(absl::StrCat(label));
    }
  }
  const std::string script = Script(plot);
  const std::vector<std::string> legend = Legend(script);
  ASSERT_EQ(legend.size(), 10U);
  EXPECT_EQ(legend[0], "rgb '#1F77B4' title '3'");
  EXPECT_EQ(legend[9], "rgb '#C8C8C8' title '3 others'");
  EXPECT_THAT(Points(script), testing::Contains("1 0 " + ColorNumber(0xC8C8C8)));
}

TEST(ScatterPlotTest, WithoutLabelsThereIsNoLegend) {
  const std::string script = Script({"", "x", "y", {1, 2, 3, 4}, {}});
  EXPECT_THAT(Legend(script), testing::IsEmpty());
  EXPECT_THAT(Points(script), UnorderedElementsAre("1 2 " + ColorNumber(0x1F77B4), "3 4 " + ColorNumber(0x1F77B4)));
}

TEST(ScatterPlotTest, OfTooManyPointsSomeAreDrawnAndTheTitleSaysSo) {
  ScatterPlot plot;
  plot.title = "train";
  for (int i = 0; i < 12345; ++i) plot.points.insert(plot.points.end(), {static_cast<float>(i), 0});
  plot.max_points = 1000;
  const std::string script = Script(plot);
  const std::vector<std::string> points = Points(script);
  EXPECT_EQ(points.size(), 1000U);
  EXPECT_EQ(std::set<std::string>(points.begin(), points.end()).size(), 1000U) << "a point is drawn twice";
  EXPECT_THAT(script, HasSubstr("set title 'train: 1,000 of 12,345 points' noenhanced\n"));
  EXPECT_EQ(script, Script(plot)) << "another choice";
  plot.max_points = 12345;
  EXPECT_THAT(Script(plot), HasSubstr("set title 'train' noenhanced\n"));
}

TEST(ScatterPlotTest, AxesHaveOneScaleAndLeaveAMargin) {
  const std::string script = Script({"", "", "", {0, 0, 100, 10}, {}});
  EXPECT_THAT(script, AllOf(HasSubstr("set size ratio -1\n"), HasSubstr("set xrange [-4:104]\n"),
                            HasSubstr("set yrange [-35.5:45.5]\n")));
  EXPECT_THAT(script, HasSubstr("set terminal svg size 800,592 "));
}

TEST(ScatterPlotTest, EqualPointsHaveAFrameToo) {
  EXPECT_THAT(Script({"", "", "", {5, 5, 5, 5}, {}}), HasSubstr("set xrange [4.625:5.375]\n"));
}

TEST(ScatterPlotTest, RefusesWhatCannotBeDrawn) {
  const auto problem = [](const ScatterPlot& plot, const std::string& path) {
    return std::string(ScatterScript(plot, {path, path}).status().message());
  };
  EXPECT_THAT(problem({"", "", "", {}, {}}, "a.png"), HasSubstr("no points"));
  EXPECT_THAT(problem({"", "", "", {1, 2}, {"a", "b"}}, "a.png"), HasSubstr("2 labels for 1 points"));
  EXPECT_THAT(problem({"", "", "", {1, 2}, {}}, "a.jpg"), HasSubstr(".png or .svg"));
}

}  // namespace
}  // namespace shoal
