#include "common/config/message_check.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/job.pb.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MessageCheckTest : public testing::Test {
 protected:
  MessageCheck Check(const google::protobuf::Message& message, const std::string& path) {
    return {message, path, locations_, &problems_};
  }
  std::vector<std::string> Problems() const { return Format(problems_); }

  FieldLocations locations_{{"job", 1, 1}};
  std::vector<Diagnostic> problems_;
};

TEST_F(MessageCheckTest, BoundsAreIncludedOrNotAsTheirNamesSay) {
  InitializerConfig::Uniform range;
  range.set_low(1);
  const MessageCheck check = Check(range, "u");
  check.AtLeast("low", 1);
  check.Between("low", 1, 1);
  check.FromBelow("low", 1, 2);
  check.AboveUpTo("low", 0, 1);
  check.BetweenOpen("low", 0, 2);
  check.Above("low", 0);
  EXPECT_THAT(Problems(), IsEmpty());
  check.AtLeast("low", 2);
  check.Between("low", 2, 3);
  check.FromBelow("low", 0, 1);
  check.AboveUpTo("low", 1, 2);
  check.BetweenOpen("low", 0, 1);
  check.Above("low", 1);
  EXPECT_THAT(Problems(),
              ElementsAre("job:1: u.low: must be at least 2, is 1", "job:1: u.low: must be from 2 to 3, is 1",
                          "job:1: u.low: must be at least 0 and below 1, is 1",
                          "job:1: u.low: must be above 1 and at most 2, is 1",
                          "job:1: u.low: must be above 0 and below 1, is 1", "job:1: u.low: must be above 1, is 1"));
}

TEST_F(MessageCheckTest, AFloatMayBeAtABoundThatFloatCannotHold) {
  OptimizerConfig::Adam adam;
  adam.set_eps(1e-16F);
  Check(adam, "adam").AtLeast("eps", 1e-16);
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(MessageCheckTest, ANumberThatIsNotFiniteIsReportedOnceAndByPath) {
  JobConfig job;
  job.mutable_training()->set_learning_rate(std::numeric_limits<float>::quiet_NaN());
  job.add_tables()->mutable_optimizer()->mutable_adam()->set_beta1(std::numeric_limits<float>::infinity());
  Check(job, "").Finite();
  Check(job.training(), "training").AtLeast("learning_rate", 0);
  EXPECT_THAT(Problems(), ElementsAre("job:1: tables[0].optimizer.adam.beta1: must be a finite number, is inf",
                                      "job:1: training.learning_rate: must be a finite number, is nan"));
}

TEST_F(MessageCheckTest, NamedFieldsMayBeInfiniteUpwards) {
  JobConfig job;
  job.add_tables()->set_norm_type(std::numeric_limits<float>::infinity());
  job.add_tables()->set_norm_type(-std::numeric_limits<float>::infinity());
  job.add_tables()->set_max_norm(std::numeric_limits<float>::infinity());
  Check(job, "").Finite({"norm_type"});
  EXPECT_THAT(Problems(), ElementsAre("job:1: tables[1].norm_type: must be a finite number or inf, is -inf",
                                      "job:1: tables[2].max_norm: must be a finite number, is inf"));
}

TEST_F(MessageCheckTest, AListWithNumbersThatAreNotFiniteIsReportedOnce) {
  LossConfig loss;
  loss.mutable_softmax_cross_entropy()->add_weight(1);
  Check(loss, "loss").Finite();
  EXPECT_THAT(Problems(), IsEmpty());
  for (int i = 0; i < 2; ++i) {
    loss.mutable_softmax_cross_entropy()->add_weight(std::numeric_limits<float>::infinity());
  }
  Check(loss, "loss").Finite();
  EXPECT_THAT(Problems(), ElementsAre("job:1: loss.softmax_cross_entropy.weight: must be a finite number, is inf"));
}

TEST_F(MessageCheckTest, WhatCouldNotBeReadIsNotMissing) {
  locations_.MarkUnreadable("f.column");
  const Feature feature;
  EXPECT_FALSE(Check(feature, "f").Required("column"));
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_FALSE(Check(feature, "f").Required("table"));
  EXPECT_THAT(Problems(), ElementsAre("job:1: f.table: is required"));
}

TEST_F(MessageCheckTest, AnEmptyStringIsNotEnough) {
  Feature feature;
  feature.set_table("");
  EXPECT_FALSE(Check(feature, "f").Required("table"));
  EXPECT_THAT(Problems(), ElementsAre("job:1: f.table: must not be empty"));
}

TEST_F(MessageCheckTest, AWrittenMessageMustHoldOneOfItsAlternatives) {
  const GradientClipping clipping;
  Check(clipping, "c").RequireOneOf("clipping");  // Not written: no clipping.
  EXPECT_THAT(Problems(), IsEmpty());
  locations_.Record("c", {"job", 4, 1});
  Check(clipping, "c").RequireOneOf("clipping");
  EXPECT_THAT(Problems(), ElementsAre("job:4: c: must hold one of: value, row_norm"));
}

}  // namespace
}  // namespace shoal
