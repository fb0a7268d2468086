#include "launcher/plot/run_curves.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

// Two epochs of 10 steps, a line each 5 steps.
class RunCurvesTest : public ::testing::Test {
 protected:
  RunCurvesTest() {
    EXPECT_TRUE(files_.CreateDirectories("/runs/small").ok());
    Write("job.textproto", "training { epochs: 2 }");
    Write("summary.json",
          R"({"total_steps": 20, "epochs": [{"epoch": 1, "validation": {"loss": 2.5, "accuracy": 0.5, "examples": 9}},
              {"epoch": 2, "train": {"loss": 7}, "validation": {"loss": null, "accuracy": 0.75, "examples": 9}}]})");
    Write("metrics.jsonl",
          R"({"step":5,"epoch":1,"loss":4,"examples":40,"learning_rate":0.1,"examples_per_second":9,"time":"now"})"
          "\n"
          R"({"step":10,"epoch":1,"loss":3})"
          "\n"
          R"({"step":20,"epoch":2,"loss":null})"
          "\n");
  }

  void Write(const std::string& name, absl::string_view text) {
    EXPECT_TRUE(WriteFile(files_, "/runs/small/" + name, text).ok());
  }

  std::string Problem(absl::StatusCode code) {
    const absl::StatusOr<RunCurves> run = ReadRunCurves(files_, "/runs/small");
    EXPECT_EQ(run.status().code(), code) << run.status();
    return std::string(run.status().message());
  }

  MemoryFileSystem files_;
};

TEST_F(RunCurvesTest, TrainingStandsInTheMiddleOfItsIntervalsAndValidationAtTheEndOfTheEpoch) {
  const absl::StatusOr<RunCurves> run = ReadRunCurves(files_, "/runs/small");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->name, "small");
  EXPECT_THAT(run->train, ElementsAre(Key("loss")));
  const std::vector<CurvePoint>& loss = run->train.at("loss");
  ASSERT_EQ(loss.size(), 3U);
  EXPECT_DOUBLE_EQ(loss[0].epoch, 0.25);
  EXPECT_DOUBLE_EQ(loss[0].value, 4);
  EXPECT_DOUBLE_EQ(loss[1].epoch, 0.75);
  EXPECT_DOUBLE_EQ(loss[2].epoch, 1.5);
  EXPECT_TRUE(std::isnan(loss[2].value));
  EXPECT_THAT(run->validation, ElementsAre(Key("accuracy"), Key("loss")));
  EXPECT_DOUBLE_EQ(run->validation.at("accuracy")[1].epoch, 2);
  EXPECT_DOUBLE_EQ(run->validation.at("accuracy")[1].value, 0.75);
}

TEST_F(RunCurvesTest, ALineThatIsStillBeingWrittenIsLeftOut) {
  Write("metrics.jsonl", "{\"step\":5,\"loss\":4}\n{\"step\":10,\"lo");
  const absl::StatusOr<RunCurves> run = ReadRunCurves(files_, "/runs/small");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->train.at("loss").size(), 1U);
}

TEST_F(RunCurvesTest, DamageIsReportedWithItsPlace) {
  Write("metrics.jsonl", "{\"step\":5}\n{\"step\":\"ten\"}\n");
  EXPECT_THAT(Problem(absl::StatusCode::kDataLoss), HasSubstr("/runs/small/metrics.jsonl:2: not a JSON object with"));
  Write("summary.json", "[]");
  EXPECT_THAT(Problem(absl::StatusCode::kDataLoss), HasSubstr("summary.json is not a summary"));
  Write("job.textproto", "training { epoch: 2 }");
  EXPECT_THAT(Problem(absl::StatusCode::kDataLoss), HasSubstr("job.textproto is not the job of a run"));
}

TEST_F(RunCurvesTest, DeeplyNestedJsonIsDamage) {
  const std::string nested = std::string(100000, '[') + std::string(100000, ']');
  Write("metrics.jsonl", "{\"step\":" + nested + "}\n");
  EXPECT_THAT(Problem(absl::StatusCode::kDataLoss), HasSubstr("metrics.jsonl:1: not a JSON object with"));
  Write("summary.json", "{\"total_steps\": 20, \"epochs\": " + nested + "}");
  EXPECT_THAT(Problem(absl::StatusCode::kDataLoss), HasSubstr("summary.json is not a summary"));
}

TEST_F(RunCurvesTest, AFolderWithoutSummaryIsNoRun) {
  ASSERT_TRUE(files_.RemoveTree("/runs/small/summary.json").ok());
  EXPECT_THAT(Problem(absl::StatusCode::kNotFound), HasSubstr("/runs/small is not a run"));
}

}  // namespace
}  // namespace shoal
