// Promise: the number of workers changes results only by the order of summation, as the global batch is split.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

constexpr double kRelativeTolerance = 1e-4;

// Loss, error, accuracy and number of examples.
void ExpectSameMetrics(const nlohmann::json& found, const nlohmann::json& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, value] : expected.items()) {
    const double number = value;
    EXPECT_NEAR(found.at(name).get<double>(), number, kRelativeTolerance * std::fabs(number)) << name;
  }
  EXPECT_EQ(found.at("examples"), expected.at("examples"));
}

// (step, examples) of each line of metrics.jsonl.
std::vector<std::pair<int64_t, int64_t>> ExamplesByStep(const std::string& run) {
  std::vector<std::pair<int64_t, int64_t>> counts;
  for (const nlohmann::json& line : ReadMetrics(run)) counts.emplace_back(line.at("step"), line.at("examples"));
  return counts;
}

class WorkerCountTest : public testing::Test {
 protected:
  void ExpectSameResults(const std::string& job_file, const std::vector<int>& worker_counts,
                         const std::vector<std::string>& set = {}) {
    const std::string one = Train(workspace_, job_file, {1, 1}, set);
    for (const int workers : worker_counts) {
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
      for (const char* part : {"train", "validation"}) {
        SCOPED_TRACE(absl::StrCat(part, ", epoch ", i + 1));
        ExpectSameMetrics(found.at("epochs")[i].at(part), expected.at("epochs")[i].at(part));
      }
    }
    EXPECT_EQ(ExamplesByStep(several), ExamplesByStep(one));
  }

  ShoalWorkspace workspace_;
};

TEST_F(WorkerCountTest, WorkersShareTheExamplesOfTheSmallJobAndLearnTheSame) {
  ExpectSameResults(workspace_.WriteFile("small.textproto", kSmallJob), {2, 4});
}

class NetworkWorkerCountTest : public WorkerCountTest, public testing::WithParamInterface<std::string> {};

// Rounding grows: a triplet or a pair that is chosen differently changes every step behind it.
TEST_P(NetworkWorkerCountTest, WorkersShareTheExamplesOfAnEpochAndLearnTheSame) {
  ExpectSameResults(WriteNetworkJob(workspace_, GetParam()), {2, 3}, {"training.epochs=1"});
}

INSTANTIATE_TEST_SUITE_P(Jobs, NetworkWorkerCountTest, testing::ValuesIn(NetworkJobNames()),
                         [](const auto& info) { return info.param; });

TEST_F(WorkerCountTest, WorkersShareTheExamplesOfMovieLensAndLearnTheSame) {
  if (!FindData(kMovieLens)) GTEST_SKIP() << NoData(kMovieLens);
  ExpectSameResults(ExampleJob("ml-100k.textproto"), {2, 4}, {"training.epochs=1"});
}

}  // namespace
}  // namespace shoal
