#include "common/config/load_job.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

absl::optional<std::string> DataDirectoryOnly(const std::string& name) {
  if (name == "SHOAL_DATA_DIR") return "/data";
  return absl::nullopt;
}

std::string WriteFile(const std::string& name, const std::string& text) {
  std::string path = absl::StrCat(testing::TempDir(), name);
  std::ofstream(path) << text;
  return path;
}

TEST(LoadJobTest, GivesTheJobWithOverridesAndPathsInPlace) {
  const std::string path = WriteFile("load_job_valid.textproto", TestJobWith("train.tsv", "${SHOAL_DATA_DIR}/t.tsv"));
  std::vector<Diagnostic> problems(1);
  const absl::StatusOr<JobConfig> job =
      LoadJob(path, {"training.epochs=3", "training.epochs=4"}, DataDirectoryOnly, &problems);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(job->data().train().path(), "/data/t.tsv");
  EXPECT_EQ(job->training().epochs(), 4);
}

TEST(LoadJobTest, ARelativePathIsThatOfTheCurrentFolder) {
  const std::string path = WriteFile("load_job_relative.textproto", TestJobWith("train.tsv", "data/t.tsv"));
  std::vector<Diagnostic> problems;
  const absl::StatusOr<JobConfig> job = LoadJob(path, {}, DataDirectoryOnly, &problems);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->data().train().path(), std::filesystem::current_path().string() + "/data/t.tsv");
}

TEST(LoadJobTest, GivesAllProblemsOfTextValuesPathsAndOverridesAtOnce) {
  const std::string path = WriteFile(
      "load_job_invalid.textproto",
      absl::StrCat(TestJobWith("train.tsv", "${NOWHERE}/t.tsv"), "training {\n  epochs: 0\n  batchsize: 3\n}\n!\n"));
  std::vector<Diagnostic> problems;
  const absl::StatusOr<JobConfig> job = LoadJob(path, {"cluster.workers=0", "sed=1"}, DataDirectoryOnly, &problems);
  EXPECT_EQ(job.status(), absl::InvalidArgumentError(absl::StrCat(path, ": 6 problems with the job")));
  EXPECT_THAT(
      Format(problems),
      ElementsAre(absl::StrCat(path,
                               ":2: data.train.path: environment variable NOWHERE is not set; set it, or "
                               "write the path without it"),
                  absl::StrCat(path, ":23: training.epochs: must be at least 1, is 0"),
                  testing::StartsWith(absl::StrCat(path, ":24: training.batchsize: unknown field; did you mean")),
                  absl::StrCat(path, ":26: expected the name of a field, found '!'"),
                  testing::StartsWith("--set sed=1: sed: unknown field; did you mean 'seed'?"),
                  "--set cluster.workers=0: cluster.workers: must be at least 1, is 0"));
}

TEST(LoadJobTest, SaysWhichFileCannotBeRead) {
  std::vector<Diagnostic> problems;
  const absl::Status missing = LoadJob("no/such/job.textproto", {}, DataDirectoryOnly, &problems).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), testing::HasSubstr("no/such/job.textproto"));
  const absl::Status directory = LoadJob(testing::TempDir(), {}, DataDirectoryOnly, &problems).status();
  EXPECT_THAT(std::string(directory.message()), testing::HasSubstr("cannot read the job file"));
  EXPECT_THAT(problems, IsEmpty());
}

TEST(LoadJobTest, RefusesAFileFarTooLongForAJob) {
  const std::string path = WriteFile("load_job_long.textproto", std::string((16 << 20) + 1, '\n'));
  std::vector<Diagnostic> problems;
  EXPECT_EQ(LoadJob(path, {}, DataDirectoryOnly, &problems).status(),
            absl::InvalidArgumentError(absl::StrCat(path, " is no job file: it has more than 16 MiB")));
}

class ExampleTest : public testing::TestWithParam<std::string> {};

TEST_P(ExampleTest, IsAValidJob) {
  std::vector<Diagnostic> problems;
  const absl::StatusOr<JobConfig> job =
      LoadJob(absl::StrCat("examples/", GetParam(), ".textproto"), {}, DataDirectoryOnly, &problems);
  EXPECT_TRUE(job.ok()) << job.status();
  EXPECT_THAT(Format(problems), IsEmpty());
  EXPECT_EQ(job->name(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, ExampleTest, testing::Values("ml-100k-dot", "ml-100k", "synthetic"));

TEST(LoadJobTest, TheSyntheticExampleNeedsNoEnvironment) {
  std::vector<Diagnostic> problems;
  const auto nothing = [](const std::string&) { return absl::optional<std::string>(); };
  EXPECT_TRUE(LoadJob("examples/synthetic.textproto", {}, nothing, &problems).ok());
}

}  // namespace
}  // namespace shoal
