#include "launcher/commands/plot.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// In place of gnuplot: keeps the script and writes "drawn" where it says.
class PlotCommandTest : public ::testing::Test {
 protected:
  PlotCommandTest() {
    embeddings_.vectors = files_.Write("test.tsv", "1\t2\n3\t4\n");
    embeddings_.plot.output = files_.Path("plot.svg");
    for (const std::string name : {"one", "two"}) {
      const std::string run = files_.Path(name);
      EXPECT_TRUE(PosixFileSystem().CreateDirectories(run).ok());
      files_.Write(name + "/job.textproto", "training { epochs: 1 }");
      files_.Write(name + "/metrics.jsonl", "{\"step\":5,\"loss\":4,\"mse\":3,\"rmse\":2}\n");
    }
    files_.Write("one/summary.json",
                 R"({"total_steps": 5, "epochs": [{"epoch": 1, "validation": {"loss": 2.5, "accuracy": 0.5}}]})");
    files_.Write("two/summary.json", R"({"total_steps": 5, "epochs": []})");
    curves_.runs = {files_.Path("one")};
    curves_.plot.output = files_.Path("plot.svg");
  }

  absl::Status Run(absl::string_view script) {
    script_ = std::string(script);
    files_.Write("plot.svg.tmp", "drawn");
    return drawing_;
  }
  absl::Status PlotEmbeddings() {
    return RunPlotEmbeddings(
        PosixFileSystem(), embeddings_, [this](absl::string_view script) { return Run(script); }, out_);
  }
  absl::Status PlotCurves() {
    return RunPlotCurves(
        PosixFileSystem(), curves_, [this](absl::string_view script) { return Run(script); }, out_);
  }

  TestFiles files_;
  PlotEmbeddingsOptions embeddings_;
  PlotCurvesOptions curves_;
  absl::Status drawing_;
  std::string script_;
  std::ostringstream out_;
};

TEST_F(PlotCommandTest, DrawsVectorsUnderTheNameOfTheirFile) {
  const absl::Status status = PlotEmbeddings();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(script_, AllOf(HasSubstr("set title 'test' noenhanced"), HasSubstr("set xlabel 'dimension 1'"),
                             Not(HasSubstr("keyentry"))));
  EXPECT_EQ(*ReadFile(PosixFileSystem(), files_.Path("plot.svg"), 100), "drawn");
  EXPECT_EQ(out_.str(), files_.Path("plot.svg") + ": 2 vectors of 2 numbers\n");
}

TEST_F(PlotCommandTest, LabelsBesideTheVectorsAreTakenUnlessOthersAreNamed) {
  files_.Write("test.labels.tsv", "ham\nspam\n");
  ASSERT_TRUE(PlotEmbeddings().ok());
  EXPECT_THAT(script_, AllOf(HasSubstr("title 'ham'"), HasSubstr("title 'spam'")));
  embeddings_.labels = files_.Write("other", "a\nb\n");
  embeddings_.plot.overwrite = true;
  ASSERT_TRUE(PlotEmbeddings().ok());
  EXPECT_THAT(script_, AllOf(HasSubstr("title 'a'"), Not(HasSubstr("ham"))));
}

TEST_F(PlotCommandTest, NothingIsOverwrittenUnasked) {
  files_.Write("plot.svg", "mine");
  EXPECT_EQ(PlotEmbeddings().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(PlotCurves().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(script_, "");
  EXPECT_EQ(*ReadFile(PosixFileSystem(), files_.Path("plot.svg"), 100), "mine");
  curves_.plot.overwrite = true;
  ASSERT_TRUE(PlotCurves().ok());
  EXPECT_EQ(*ReadFile(PosixFileSystem(), files_.Path("plot.svg"), 100), "drawn");
}

TEST_F(PlotCommandTest, AFailureLeavesNoOutput) {
  drawing_ = absl::FailedPreconditionError("no gnuplot");
  EXPECT_EQ(PlotEmbeddings(), drawing_);
  EXPECT_FALSE(*PosixFileSystem().Exists(files_.Path("plot.svg")));
  EXPECT_FALSE(*PosixFileSystem().Exists(files_.Path("plot.svg.tmp")));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(PlotCommandTest, LossAndUsualMetricsHaveAPanelEach) {
  const absl::Status status = PlotCurves();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(script_, AllOf(HasSubstr("layout 1,3 title 'one'"), HasSubstr("set title 'loss'"),
                             HasSubstr("set title 'accuracy'"), HasSubstr("set title 'rmse'"),
                             Not(HasSubstr("set title 'mse'"))));
  EXPECT_THAT(script_, AllOf(HasSubstr("'#1F77B4' title 'training'"), HasSubstr("'#FF7F0E' title 'validation'")));
  EXPECT_EQ(out_.str(), files_.Path("plot.svg") + ": 3 metrics of 1 run\n");
}

TEST_F(PlotCommandTest, OfSeveralRunsEachHasAColour) {
  curves_.runs.push_back(files_.Path("two"));
  curves_.metrics = {"mse", "loss"};
  const absl::Status status = PlotCurves();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(script_, AllOf(HasSubstr("layout 1,2 title ''"), HasSubstr("'#1F77B4' title 'one training'"),
                             HasSubstr("'#1F77B4' title 'one validation'"), HasSubstr("'#FF7F0E' title 'two training'"),
                             Not(HasSubstr("two validation"))));
}

TEST_F(PlotCommandTest, AnUnknownMetricListsThoseThatThereAre) {
  curves_.metrics = {"accurracy"};
  const absl::Status status = PlotCurves();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("did you mean 'accuracy'?"), HasSubstr("accuracy, loss, mse, rmse")));
}

}  // namespace
}  // namespace shoal
