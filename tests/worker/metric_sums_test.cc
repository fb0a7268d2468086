#include "worker/metric_sums.h"

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

MetricSums MakeSums(uint64_t examples, double loss, double squared_error, double absolute_error) {
  MetricSums sums;
  sums.set_examples(examples);
  sums.set_loss(loss);
  sums.set_squared_error(squared_error);
  sums.set_absolute_error(absolute_error);
  return sums;
}

TEST(MetricSumsTest, PartsAddUpFieldByField) {
  MetricSums sum = MakeSums(10, 1.5, 2.5, 3.5);
  AddMetricSums(MakeSums(3, 0.25, 0.5, 0.125), &sum);
  EXPECT_EQ(sum.examples(), 13u);
  EXPECT_EQ(sum.loss(), 1.75);
  EXPECT_EQ(sum.squared_error(), 3.0);
  EXPECT_EQ(sum.absolute_error(), 3.625);
}

TEST(MetricSumsTest, NoFieldIsForgotten) {
  MetricSums part;
  const google::protobuf::Reflection& reflection = *part.GetReflection();
  for (int i = 0; i < MetricSums::descriptor()->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = MetricSums::descriptor()->field(i);
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) {
      reflection.SetDouble(&part, field, i + 0.5);
    } else {
      reflection.SetUInt64(&part, field, i + 1);
    }
  }
  MetricSums sum;
  AddMetricSums(part, &sum);
  EXPECT_EQ(sum.DebugString(), part.DebugString());
}

TEST(MetricSumsTest, AMetricThatNoPartHasStaysUnset) {
  MetricSums part;
  part.set_examples(2);
  part.set_correct(0);
  MetricSums sum;
  AddMetricSums(part, &sum);
  AddMetricSums(MetricSums(), &sum);
  EXPECT_TRUE(sum.has_correct()) << "a part has it, with the value 0";
  sum.clear_correct();
  MetricSums expected;
  expected.set_examples(2);
  EXPECT_EQ(sum.DebugString(), expected.DebugString());
}

TEST(MetricSumsTest, RoundedNumbersAddUpInAnyOrder) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  std::vector<double> values(1000);
  for (double& value : values) value = RoundToSum(std::exponential_distribution<double>(0.01)(random));
  const double forwards = std::accumulate(values.begin(), values.end(), 0.0);
  EXPECT_EQ(std::accumulate(values.rbegin(), values.rend(), 0.0), forwards) << "seed " << seed;
}

TEST(MetricSumsTest, RoundingMovesANumberByLessThanItsUnit) {
  EXPECT_NEAR(RoundToSum(2.302585092994046), 2.302585092994046, 0x1p-33);
  EXPECT_EQ(RoundToSum(0x1p-34), 0);
  EXPECT_EQ(RoundToSum(3.0), 3.0);
  EXPECT_TRUE(std::isnan(RoundToSum(std::nan(""))));
}

}  // namespace
}  // namespace shoal
