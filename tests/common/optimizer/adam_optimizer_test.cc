#include "common/optimizer/adam_optimizer.h"

#include <cmath>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "common/schedule/schedule.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/optimizer/optimizer_table.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

class AdamReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(AdamReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

TEST_P(AdamReferenceTest, InstructionSetsGiveTheSameBits) { ExpectSameBitsOnEveryInstructionSet(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, AdamReferenceTest, ::testing::ValuesIn(LoadReferenceCases("adam")), ReferenceCaseName);

struct GapSetting {
  const char* name;
  const char* adam;
  const char* schedule;
  // Of the largest magnitude that the row has had.
  double tolerance = 1e-6;
};
std::ostream& operator<<(std::ostream& os, const GapSetting& setting) { return os << setting.name; }

// A row that has a few gradients, is idle for long, and is then read, against torch.optim.AdamW's steps in double.
class AdamGapTest : public ::testing::TestWithParam<GapSetting> {
 protected:
  static constexpr int kDim = 20;
  static constexpr int kTotalSteps = 4000;

  AdamGapTest() {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(GetParam().adam, &adam_));
    TrainingConfig training;
    training.set_learning_rate(0.005f);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(GetParam().schedule, training.mutable_schedule()));
    schedule_ = std::make_unique<Schedule>(*Schedule::Create(training, kTotalSteps, kTotalSteps));
  }

  void StepInDouble(int64_t step, const std::vector<float>& gradient) {
    const StepHyperparameters now = schedule_->At(step);
    const double beta1 = now.momentum.value_or(adam_.beta1());
    const double correction1 = 1 - std::pow(beta1, step);
    const double correction2 = 1 - std::pow(adam_.beta2(), step);
    const bool decoupled = adam_.decoupled_weight_decay();
    for (int i = 0; i < kDim; ++i) {
      double g = gradient[i];
      if (decoupled) {
        weights_[i] *= 1 - now.learning_rate * adam_.weight_decay();
      } else {
        g += adam_.weight_decay() * weights_[i];
      }
      exp_avg_[i] = beta1 * exp_avg_[i] + (1 - beta1) * g;
      exp_avg_sq_[i] = adam_.beta2() * exp_avg_sq_[i] + (1 - adam_.beta2()) * g * g;
      weights_[i] -= now.learning_rate / correction1 * exp_avg_[i] /
                     (std::sqrt(exp_avg_sq_[i]) / std::sqrt(correction2) + adam_.eps());
    }
  }

  // Begins steps up to `last_gradient` with gradients in the last five, then idles for `gap` steps.
  void ExpectAgrees(int64_t last_gradient, int64_t gap, std::mt19937* random) {
    std::vector<float> start(kDim);
    for (float& weight : start) weight = std::normal_distribution<float>()(*random);
    weights_.assign(start.begin(), start.end());
    exp_avg_.assign(kDim, 0);
    exp_avg_sq_.assign(kDim, 0);
    OptimizerTable table({.dim = kDim,
                          .optimizer = std::string("adam { ") + GetParam().adam + " }",
                          .schedule = GetParam().schedule,
                          .row_semantics = DENSE_EQUIVALENT,
                          .learning_rate = 0.005,
                          .total_steps = kTotalSteps},
                         {start});
    for (int64_t step = 1; step <= last_gradient + gap; ++step) {
      std::vector<float> gradient(kDim);
      if (step > last_gradient - 5 && step <= last_gradient) {
        for (float& value : gradient) value = std::normal_distribution<float>()(*random);
        table.Step(step, {{0, gradient}});
      } else {
        table.Step(step, {});
      }
      StepInDouble(step, gradient);
    }
    EXPECT_LE(LargestDifference(table.WeightsAt(0, last_gradient + gap), weights_),
              GetParam().tolerance * table.largest_weight(0))
        << "after step " << last_gradient << ", idle for " << gap;
  }

 private:
  OptimizerConfig::Adam adam_;
  std::unique_ptr<Schedule> schedule_;
  std::vector<double> weights_, exp_avg_, exp_avg_sq_;
};

TEST_P(AdamGapTest, AGapOf3000StepsAgreesWithItsStepsOneByOne) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const int64_t last_gradient : {5, 100, 254, 900}) ExpectAgrees(last_gradient, 3000, &random);
}

TEST_P(AdamGapTest, GapsOfAnyLengthAgreeWithTheirStepsOneByOne) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 100; ++i) {
    const int64_t last_gradient = std::uniform_int_distribution<int64_t>(5, 600)(random);
    ExpectAgrees(last_gradient, std::uniform_int_distribution<int64_t>(1, 300)(random), &random);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Settings, AdamGapTest,
    ::testing::Values(GapSetting{"Defaults", "", ""},
                      GapSetting{"OneCycleDecoupled",
                                 "beta2: 0.99 eps: 1e-5 weight_decay: 0.01 decoupled_weight_decay: true",
                                 "one_cycle {}"},
                      GapSetting{"StrongDecay", "weight_decay: 2 decoupled_weight_decay: true", "cosine {}"},
                      GapSetting{"SmallBetas", "beta1: 0.05 beta2: 0.3", ""}, GapSetting{"TinyEps", "eps: 1e-16", ""},
                      GapSetting{"LargeEps", "eps: 1e-3", ""},
                      // Replayed in float32, so rounded once a step, 3000 times.
                      GapSetting{"Coupled", "weight_decay: 0.01", "", 1e-5},
                      GapSetting{"Warmup", "beta1: 0.95", "linear_warmup { steps: 500 start_factor: 0.001 }"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AdamOptimizerTest, ARowThatIsReadOftenAgreesWithOneThatIsNot) {
  const OptimizerTableOptions options = {.dim = 3,
                                         .optimizer = "adam { weight_decay: 0.1 decoupled_weight_decay: true }",
                                         .schedule = "",
                                         .row_semantics = DENSE_EQUIVALENT};
  OptimizerTable table(options, {{1, -2, 3}, {1, -2, 3}});
  table.Step(1, {{0, {0.5f, -0.25f, 1}}, {1, {0.5f, -0.25f, 1}}});
  for (int64_t step = 2; step <= 400; ++step) {
    table.Step(step, {});
    table.CatchUp(0, step);
  }
  const std::vector<float> seldom = table.WeightsAt(1, 400);
  // 399 roundings on one side.
  EXPECT_LE(LargestDifference(table.WeightsAt(0, 400), {seldom.begin(), seldom.end()}), 1e-5);
}

TEST(AdamOptimizerTest, ResumingAtALaterStepGivesTheSameBits) {
  const OptimizerTableOptions options = {
      .dim = 20, .optimizer = "adam {}", .schedule = "one_cycle {}", .row_semantics = DENSE_EQUIVALENT};
  const std::vector<std::vector<float>> weights = {std::vector<float>(20, 0.5f)};
  OptimizerTable whole(options, weights);
  whole.Step(1, {{0, std::vector<float>(20, 0.25f)}});
  OptimizerTable resumed(options, {whole.row(0)});
  resumed.SetRow(0, whole.row(0));
  for (int64_t step = 2; step <= 60; ++step) whole.Step(step, {});
  resumed.Step(60, {});
  EXPECT_EQ(resumed.WeightsAt(0, 60), whole.WeightsAt(0, 60));
}

}  // namespace
}  // namespace shoal
