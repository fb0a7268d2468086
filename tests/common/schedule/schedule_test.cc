#include "common/schedule/schedule.h"

#include <fstream>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TrainingConfig ParseTraining(const std::string& text) {
  TrainingConfig training;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &training)) << text;
  return training;
}

Schedule Make(const std::string& text, int64_t steps_per_epoch, int64_t total_steps) {
  return Schedule::Create(ParseTraining(text), steps_per_epoch, total_steps).value();
}

TEST(ScheduleTest, AgreesWithTorchAndFastai) {
  std::ifstream file("tests/reference/schedules/schedules.json");
  ASSERT_TRUE(file.good());
  const nlohmann::json reference = nlohmann::json::parse(file);
  ASSERT_GE(reference["cases"].size(), 10u);
  for (const nlohmann::json& expected : reference["cases"]) {
    const auto total_steps = static_cast<int64_t>(expected["learning_rates"].size());
    const Schedule schedule = Make(expected["training"], expected["steps_per_epoch"], total_steps);
    for (int64_t step = 1; step <= total_steps; ++step) {
      SCOPED_TRACE(testing::Message() << expected["name"] << ", step " << step);
      const StepHyperparameters got = schedule.At(step);
      const double rate = expected["learning_rates"][step - 1];
      EXPECT_NEAR(got.learning_rate, rate, 1e-13);
      ASSERT_EQ(got.momentum.has_value(), expected.contains("momenta"));
      if (got.momentum) {
        EXPECT_NEAR(*got.momentum, expected["momenta"][step - 1].get<double>(), 1e-13);
      }
    }
  }
}

TEST(ScheduleTest, OneCycleStartsAtLrOverDivAndPeaksAtPctStart) {
  const Schedule schedule = Make("learning_rate: 0.5 schedule { one_cycle { } }", 100, 400);
  EXPECT_DOUBLE_EQ(schedule.At(1).learning_rate, 0.5 / 25);
  EXPECT_DOUBLE_EQ(schedule.At(101).learning_rate, 0.5);
  EXPECT_FLOAT_EQ(*schedule.At(1).momentum, 0.95F);
  EXPECT_FLOAT_EQ(*schedule.At(101).momentum, 0.85F);
  EXPECT_LT(schedule.At(400).learning_rate, 1e-4);
}

TEST(ScheduleTest, OneCycleLeavesMomentumAloneIfToldTo) {
  const Schedule schedule = Make("schedule { one_cycle { cycle_momentum: false } }", 10, 20);
  EXPECT_FALSE(schedule.At(7).momentum.has_value());
}

TEST(ScheduleTest, TheLastStepsValuesHoldBeyondTheEnd) {
  const Schedule schedule = Make("schedule { one_cycle { } }", 10, 20);
  EXPECT_EQ(schedule.At(21).learning_rate, schedule.At(20).learning_rate);
  EXPECT_EQ(schedule.At(std::numeric_limits<int64_t>::max()).learning_rate, schedule.At(20).learning_rate);
}

struct BadTraining {
  const char* text;
  const char* message;
};

class ScheduleErrorTest : public testing::TestWithParam<BadTraining> {};

TEST_P(ScheduleErrorTest, NamesFieldAndValue) {
  const absl::Status status = Schedule::Create(ParseTraining(GetParam().text), 10, 100).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Errors, ScheduleErrorTest,
    testing::Values(
        BadTraining{"learning_rate: -1", "training.learning_rate is -1, expected a finite number, at least 0"},
        BadTraining{"learning_rate: nan", "training.learning_rate is nan"},
        BadTraining{"schedule { step_decay { every_epochs: 0 } }", "training.schedule.step_decay.every_epochs is 0"},
        BadTraining{"schedule { step_decay { gamma: -0.5 } }", "training.schedule.step_decay.gamma is -0.5"},
        BadTraining{"schedule { exponential { gamma: inf } }", "training.schedule.exponential.gamma is inf"},
        BadTraining{"learning_rate: 1 schedule { cosine { min_learning_rate: 2 } }",
                    "training.schedule.cosine.min_learning_rate is 2, expected a number from 0 to "
                    "training.learning_rate, 1"},
        BadTraining{"schedule { one_cycle { div: 0 } }", "training.schedule.one_cycle.div is 0"},
        BadTraining{"schedule { one_cycle { div_final: nan } }", "training.schedule.one_cycle.div_final is nan"},
        BadTraining{"schedule { one_cycle { pct_start: 1 } }", "training.schedule.one_cycle.pct_start is 1"},
        BadTraining{"schedule { one_cycle { momentum_middle: 1 } }",
                    "training.schedule.one_cycle.momentum_middle is 1, expected a number in [0, 1)"},
        BadTraining{"schedule { linear_warmup { } }", "training.schedule.linear_warmup.steps is missing"},
        BadTraining{"schedule { linear_warmup { steps: 0 } }", "training.schedule.linear_warmup.steps is 0"},
        BadTraining{"schedule { linear_warmup { steps: 5 start_factor: 1.5 } }",
                    "training.schedule.linear_warmup.start_factor is 1.5"},
        BadTraining{"schedule { one_cycle { } linear_warmup { steps: 5 } }", "linear_warmup and one_cycle"}));

}  // namespace
}  // namespace shoal
