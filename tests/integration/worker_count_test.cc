// Promise: the number of workers changes results only by the order of summation, as the global batch is split.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

constexpr double kRmseTolerance = 1e-4;

double ValidationRmse(const nlohmann::json& epoch) { return epoch.at("validation").at("rmse").get<double>(); }

// (step, examples) of each line of metrics.jsonl.
std::vector<std::pair<int64_t, int64_t>> ExamplesByStep(const std::string& run) {
  std::vector<std::pair<int64_t, int64_t>> counts;
  for (const nlohmann::json& line : ReadMetrics(run)) counts.emplace_back(line.at("step"), line.at("examples"));
  return counts;
}

class WorkerCountTest : public testing::Test {
 protected:
  void ExpectSameResults(const std::string& job_file, const std::vector<std::string>& set = {}) {
    const std::string one = Train(workspace_, job_file, {1, 1}, set);
    for (const int workers : {2, 4}) {
      SCOPED_TRACE(workers);
      CompareRuns(one, Train(workspace_, job_file, {2, workers}, set));
    }
  }
  static void CompareRuns(const std::string& one, const std::string& several) {
    const nlohmann::json expected = ReadSummary(one);
    const nlohmann::json found = ReadSummary(several);
    EXPECT_EQ(found.at("steps"), expected.at("steps"));
    ASSERT_EQ(found.at("epochs").size(), expected.at("epochs").size());
    for (size_t i = 0; i < expected.at("epochs").size(); ++i) {
      const nlohmann::json& epoch = expected.at("epochs")[i];
      const nlohmann::json& other = found.at("epochs")[i];
      EXPECT_NEAR(ValidationRmse(other), ValidationRmse(epoch), kRmseTolerance) << "epoch " << i + 1;
      for (const char* part : {"train", "validation"}) {
        EXPECT_EQ(other.at(part).at("examples"), epoch.at(part).at("examples")) << part << ", epoch " << i + 1;
      }
    }
    EXPECT_EQ(ExamplesByStep(several), ExamplesByStep(one));
  }

  ShoalWorkspace workspace_;
};

TEST_F(WorkerCountTest, WorkersShareTheExamplesOfTheSmallJobAndLearnTheSame) {
  ExpectSameResults(workspace_.WriteFile("small.textproto", kSmallJob));
}

TEST_F(WorkerCountTest, WorkersShareTheExamplesOfMovieLensAndLearnTheSame) {
  if (!FindMovieLens()) GTEST_SKIP() << kNoMovieLens;
  ExpectSameResults(ExampleJob("ml-100k.textproto"), {"training.epochs=1"});
}

}  // namespace
}  // namespace shoal
