#include "worker/metric_sums.h"

#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MetricSums Parse(const std::string& text) {
  MetricSums sums;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &sums)) << text;
  return sums;
}

// Two labels of three are predicted.
MetricSums SumsOfABatch() {
  const std::vector<int64_t> labels = {0, 1, 2};
  const std::vector<int64_t> predicted = {0, 1, 1};
  MetricBatch batch;
  batch.labels = labels;
  batch.predicted = predicted;
  MetricSums sums;
  AddMetrics(batch, &sums);
  return sums;
}

TEST(MetricSumsTest, PartsAddUpNumberByNumber) {
  MetricSums sum = Parse("examples: 10 loss: 1.5 loss_weight: 2 metrics { key: 'a' sums: [ 1, 2.5 ] }");
  AddMetricSums(Parse("examples: 3 loss: 0.25 loss_weight: 4 metrics { key: 'b' sums: 7 } "
                      "metrics { key: 'a' sums: [ 0.25, 4 ] }"),
                &sum);
  EXPECT_EQ(sum.examples(), 13u);
  EXPECT_EQ(sum.loss(), 1.75);
  EXPECT_EQ(sum.loss_weight(), 6);
  EXPECT_THAT(FindMetric(sum, "a"), ElementsAre(1.25, 6.5));
  EXPECT_THAT(FindMetric(sum, "b"), ElementsAre(7));
}

TEST(MetricSumsTest, ASumOfOnePartIsThatPart) {
  const MetricSums part = Parse("examples: 2 loss: 1 loss_weight: 0 metrics { key: 'a' sums: 0 }");
  MetricSums sum;
  AddMetricSums(part, &sum);
  EXPECT_EQ(sum.DebugString(), part.DebugString()) << "a metric of zero is one that the model has";
}

TEST(MetricSumsTest, AMetricThatNoPartHasIsNotThere) {
  MetricSums sum;
  AddMetricSums(Parse("examples: 2"), &sum);
  AddMetrics(MetricBatch(), &sum);
  EXPECT_THAT(FindMetric(sum, "accuracy"), IsEmpty());
  EXPECT_TRUE(sum.metrics().empty());
}

TEST(MetricSumsTest, ABatchAddsToTheMetricsThatReadIt) {
  MetricSums sums = SumsOfABatch();
  EXPECT_THAT(FindMetric(sums, "accuracy"), ElementsAre(2));
  EXPECT_EQ(sums.metrics_size(), 1);
  AddMetricSums(SumsOfABatch(), &sums);
  EXPECT_THAT(FindMetric(sums, "accuracy"), ElementsAre(4));
}

// Bytes from the network: other numbers of sums than ours do no harm.
TEST(MetricSumsTest, PartsOfDifferentLengthsAddUpToTheLonger) {
  MetricSums sum = Parse("metrics { key: 'a' sums: [ 1, 2 ] }");
  AddMetricSums(Parse("metrics { key: 'a' sums: 10 } metrics { key: 'b' }"), &sum);
  EXPECT_THAT(FindMetric(sum, "a"), ElementsAre(11, 2));
  AddMetricSums(Parse("metrics { key: 'a' sums: [ 1, 1, 1 ] }"), &sum);
  EXPECT_THAT(FindMetric(sum, "a"), ElementsAre(12, 3, 1));
  EXPECT_THAT(FindMetric(sum, "b"), IsEmpty());
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
