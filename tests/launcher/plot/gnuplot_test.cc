#include "launcher/plot/gnuplot.h"

#include <stdlib.h>

#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "launcher/plot/curve_plot.h"
#include "launcher/plot/scatter_plot.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The real program; where it is missing, these tests are skipped.
class GnuplotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (RunGnuplot("").code() == absl::StatusCode::kFailedPrecondition) GTEST_SKIP() << "gnuplot is not installed";
  }

  // What gnuplot makes of the script, which must have nothing to complain of.
  std::string Draw(const absl::StatusOr<std::string>& script, const std::string& path) {
    EXPECT_TRUE(script.ok()) << script.status();
    const absl::Status drawn = RunGnuplot(*script);
    EXPECT_TRUE(drawn.ok()) << drawn;
    const absl::StatusOr<std::string> contents = ReadFile(PosixFileSystem(), path, 1 << 24);
    return contents.ok() ? *contents : contents.status().ToString();
  }

  TestFiles files_;
};

const std::string& PngSignature() {
  static const auto& signature = *new std::string("\x89PNG\r\n\x1A\n");
  return signature;
}

TEST_F(GnuplotTest, DrawsScattersAsPngAndSvg) {
  // Text that means something in gnuplot and in XML.
  const ScatterPlot plot = {"a_b <& 'c' @", "x^2", "{y}", {1, 2, 3, 4}, {"ham & eggs", "it's"}};
  const std::string png = files_.Path("plot.png");
  EXPECT_THAT(Draw(ScatterScript(plot, {png, png}), png), StartsWith(PngSignature()));
  const std::string svg = files_.Path("plot.svg");
  EXPECT_THAT(Draw(ScatterScript(plot, {svg, svg}), svg),
              AllOf(HasSubstr("<svg"), HasSubstr("a_b &lt;&amp; 'c' @"), HasSubstr("x^2"), HasSubstr("{y}"),
                    HasSubstr("ham &amp; eggs"), HasSubstr("it's"), HasSubstr("</svg>")));
}

TEST_F(GnuplotTest, DrawsCurves) {
  const CurvePlot plot = {"run_1",
                          {{"loss", false, {{"training", 0x1F77B4, false, {{0.5, 2}, {1, 1}}}}},
                           {"accuracy", true, {{"validation", 0xFF7F0E, true, {{1, 0.5}}}}}}};
  const std::string png = files_.Path("plot.png");
  EXPECT_THAT(Draw(CurveScript(plot, {png, png}), png), StartsWith(PngSignature()));
  const std::string svg = files_.Path("plot.svg");
  EXPECT_THAT(Draw(CurveScript(plot, {svg, svg}), svg),
              AllOf(HasSubstr("run_1"), HasSubstr("loss"), HasSubstr("accuracy"), HasSubstr("</svg>")));
}

TEST_F(GnuplotTest, WhatGnuplotSaysIsInTheError) {
  const absl::Status failed = RunGnuplot("plot nonsense(\n");
  EXPECT_EQ(failed.code(), absl::StatusCode::kInternal) << failed;
  EXPECT_THAT(std::string(failed.message()), AllOf(HasSubstr("exited with status 1"), HasSubstr("nonsense")));
}

TEST(MissingGnuplotTest, SaysWhatToInstall) {
  const std::string path = getenv("PATH");
  setenv("PATH", "/nowhere", /*replace=*/1);
  const absl::Status missing = RunGnuplot("");
  setenv("PATH", path.c_str(), /*replace=*/1);
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition) << missing;
  EXPECT_THAT(std::string(missing.message()), HasSubstr("apt-get install gnuplot-nox"));
}

}  // namespace
}  // namespace shoal
