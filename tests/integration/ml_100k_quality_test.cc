// MovieLens 100K is learnt as well as by the published notebook, and as by the same job in PyTorch on the same splits.
//
// Both comparisons are of means over splits and seeds. Seeds of one split differ by a standard deviation of 0.009
// (plain) or 0.003 (range, bias), so a mean over one split alone says nothing to 0.004; shoal itself gives the same
// bits every time, so what holds once holds always.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

constexpr double kPublishedTolerance = 0.012;
constexpr double kPyTorchTolerance = 0.004;

struct Variant {
  std::string name;  // In tests/reference/ml_100k/results.json.
  std::string job;
  std::vector<std::string> set;
  double published_mse;
};

class Ml100kQualityTest : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (!FindMovieLens()) GTEST_SKIP() << kNoMovieLens;
  }
  // The best validation MSE over the epochs.
  double BestMse(int split, int seed) {
    std::vector<std::string> set = GetParam().set;
    set.push_back(absl::StrCat("data.random_split.seed=", split));
    set.push_back(absl::StrCat("seed=", seed));
    set.push_back("training.checkpoint.every_epochs=0");
    const std::string run = Train(workspace_, ExampleJob(GetParam().job), {0, 1}, set);
    double best = HUGE_VAL;
    for (const nlohmann::json& epoch : EpochsWithoutTimes(run)) {
      best = std::min(best, epoch.at("validation").at("mse").get<double>());
    }
    std::filesystem::remove_all(run);
    return best;
  }

  ShoalWorkspace workspace_;
};

TEST_P(Ml100kQualityTest, MeanErrorIsThePublishedOneAndThatOfPyTorch) {
  const nlohmann::json reference =
      nlohmann::json::parse(ReadText(ReferencePath("ml_100k/results.json"))).at("variants").at(GetParam().name);
  const nlohmann::json& runs = reference.at("runs");
  ASSERT_GE(runs.size(), 9U);
  double sum = 0;
  for (const nlohmann::json& run : runs) {
    const double mse = BestMse(run.at("split"), run.at("seed"));
    std::cout << absl::StrFormat("%s split %d seed %d: %.4f\n", GetParam().name, run.at("split").get<int>(),
                                 run.at("seed").get<int>(), mse);
    sum += mse;
  }
  const double mean = sum / static_cast<double>(runs.size());
  const double pytorch = reference.at("mean_best_mse");
  std::cout << absl::StrFormat("%s mean of %d runs: %.4f; PyTorch %.4f, published %.4f\n", GetParam().name, runs.size(),
                               mean, pytorch, GetParam().published_mse);
  EXPECT_NEAR(mean, GetParam().published_mse, kPublishedTolerance);
  EXPECT_NEAR(mean, pytorch, kPyTorchTolerance);
}

INSTANTIATE_TEST_SUITE_P(Variants, Ml100kQualityTest,
                         testing::Values(Variant{"plain", "ml-100k-dot.textproto", {}, 0.8765},
                                         Variant{"range",
                                                 "ml-100k-dot.textproto",
                                                 {"model.matrix_factorization.output_range.low=0",
                                                  "model.matrix_factorization.output_range.high=5.5"},
                                                 0.8707},
                                         Variant{"bias", "ml-100k.textproto", {}, 0.8613}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace shoal
