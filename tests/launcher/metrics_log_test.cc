#include "launcher/metrics_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "tests/launcher/child_test_util.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

std::vector<uint64_t> StepsIn(const std::string& path) {
  std::vector<uint64_t> steps;
  const std::string text = ReadText(path);
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    steps.push_back(nlohmann::json::parse(line)["step"]);
  }
  return steps;
}

void AppendSteps(const std::string& path, uint64_t resume_step, const std::vector<uint64_t>& steps) {
  auto log = MetricsLog::Open(PosixFileSystem(), path, resume_step);
  ASSERT_TRUE(log.ok()) << log.status();
  for (const uint64_t step : steps) {
    ASSERT_TRUE((*log)->Append({step, 1, MakeSums(10, 5), 0.25, 2}, absl::UnixEpoch()).ok());
  }
}

TEST(MetricsLogTest, EachIntervalIsAJsonObjectOnALine) {
  const TestDirectory directory;
  AppendSteps(directory / "metrics.jsonl", 0, {100});
  const nlohmann::json line = nlohmann::json::parse(ReadText(directory / "metrics.jsonl"));
  EXPECT_EQ(line["step"], 100);
  EXPECT_EQ(line["epoch"], 1);
  EXPECT_EQ(line["loss"], 0.5);
  EXPECT_EQ(line["mse"], 1.0);
  EXPECT_EQ(line["rmse"], 1.0);
  EXPECT_EQ(line["mae"], 1.5);
  EXPECT_EQ(line["learning_rate"], 0.25);
  EXPECT_EQ(line["examples_per_second"], 5);
  EXPECT_EQ(line["time"], "1970-01-01T00:00:00+00:00");
}

TEST(MetricsLogTest, AResumedRunKeepsTheLinesUpToItsStep) {
  const TestDirectory directory;
  const std::string path = directory / "metrics.jsonl";
  AppendSteps(path, 0, {100, 200, 300, 400});
  // A run that was killed in the middle of a line.
  std::ofstream(path, std::ios::app) << R"({"step": 500, "lo)";
  AppendSteps(path, 250, {300, 400, 500});
  EXPECT_EQ(StepsIn(path), (std::vector<uint64_t>{100, 200, 300, 400, 500}));
}

TEST(MetricsLogTest, AFolderThatIsNotThereIsAnErrorThatNamesIt) {
  const auto log = MetricsLog::Open(PosixFileSystem(), "/nonexistent/metrics.jsonl", 0);
  EXPECT_FALSE(log.ok());
  EXPECT_THAT(std::string(log.status().message()), testing::HasSubstr("/nonexistent/metrics.jsonl"));
}

}  // namespace
}  // namespace shoal
