#include "launcher/metric_values.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

MetricSums Sums(const std::string& text) {
  MetricSums sums;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &sums)) << text;
  return sums;
}

std::vector<std::string> Names(const MetricSums& sums) {
  std::vector<std::string> names;
  for (const MetricValue& metric : MetricValues(sums)) names.push_back(metric.name);
  return names;
}

MATCHER_P2(IsMetric, name, value, "") { return arg.name == name && arg.value == value; }

constexpr char kErrors[] =
    "metrics { key: 'mae' sums: 6 } metrics { key: 'mse' sums: 36 } metrics { key: 'rmse' sums: 36 } ";

// Whatever the order of the sums.
TEST(MetricValuesTest, MetricsStandBehindTheLossInTheOrderOfTheirRegistry) {
  EXPECT_THAT(MetricValues(Sums(std::string("examples: 4 loss: 10 ") + kErrors)),
              ElementsAre(IsMetric("loss", 2.5), IsMetric("mse", 9.0), IsMetric("rmse", 3.0), IsMetric("mae", 1.5)));
}

TEST(MetricValuesTest, ClassificationCountsExamplesWhateverTheirWeight) {
  EXPECT_THAT(MetricValues(Sums("examples: 8 loss: 3 loss_weight: 2 metrics { key: 'accuracy' sums: 4 } "
                                "metrics { key: 'top_k_accuracy' sums: 6 }")),
              ElementsAre(IsMetric("loss", 1.5), IsMetric("accuracy", 0.5), IsMetric("top_k_accuracy", 0.75)));
}

TEST(MetricValuesTest, TripletsAreCounted) {
  EXPECT_THAT(
      MetricValues(Sums("examples: 8 loss: 3 loss_weight: 12 metrics { key: 'nonzero_triplets' sums: [ 12, 40 ] }")),
      ElementsAre(IsMetric("loss", 0.25), IsMetric("nonzero_triplets", 12.0)));
}

TEST(MetricValuesTest, PairsMakeTheAreaUnderTheCurve) {
  EXPECT_THAT(MetricValues(Sums("examples: 2 loss: 1 metrics { key: 'ranking_auc' sums: [ 6.5, 8 ] }")),
              ElementsAre(IsMetric("loss", 0.5), IsMetric("auc", 0.8125)));
}

// A metric of zero is one that the model has.
TEST(MetricValuesTest, AMetricIsThereWhereItsSumsAre) {
  EXPECT_THAT(Names(Sums("examples: 1 loss: 1")), ElementsAre("loss"));
  EXPECT_THAT(Names(Sums("examples: 1 loss: 1 metrics { key: 'accuracy' sums: 0 }")), ElementsAre("loss", "accuracy"));
}

TEST(MetricValuesTest, CountsHaveNoDecimalsAndNoNumberHasASign) {
  const auto text = [](const std::string& sums) { return MetricText(MetricValues(Sums(sums)).back()); };
  EXPECT_EQ(text("examples: 8 loss: 3 metrics { key: 'nonzero_triplets' sums: [ 12, 40 ] }"), "12");
  EXPECT_EQ(text("examples: 8 loss: 2"), "0.25000");
  EXPECT_EQ(MetricText(-std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(MetricText(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(MetricText(-0.5), "-0.50000");
}

// Bytes from the network.
TEST(MetricValuesTest, SumsThatAreNotOursAreNotShown) {
  EXPECT_THAT(Names(Sums("examples: 1 metrics { key: 'unheard-of' sums: 1 } metrics { key: 'accuracy' sums: [ 1, 2 ] } "
                         "metrics { key: 'two_class_auc' sums: 1 } metrics { key: 'mse' }")),
              ElementsAre("loss"));
}

TEST(MetricValuesTest, TheLossIsZeroWhereAllTripletsAre) {
  EXPECT_EQ(MeanLoss(Sums("examples: 8 loss: 0 loss_weight: 0")), 0);
}

TEST(MetricValuesTest, MeansOfNothingAreNoNumbers) {
  EXPECT_TRUE(std::isnan(MeanLoss(MetricSums())));
  for (const MetricValue& metric : MetricValues(
           Sums("metrics { key: 'mse' sums: 0 } metrics { key: 'rmse' sums: 0 } metrics { key: 'mae' sums: 0 } "
                "metrics { key: 'accuracy' sums: 0 } metrics { key: 'top_k_accuracy' sums: 0 } "
                "metrics { key: 'ranking_auc' sums: [ 0, 0 ] }"))) {
    EXPECT_TRUE(std::isnan(metric.value)) << metric.name;
  }
}

}  // namespace
}  // namespace shoal
