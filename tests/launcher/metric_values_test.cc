#include "launcher/metric_values.h"

#include <cmath>
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

TEST(MetricValuesTest, ErrorsAreMeansOverTheExamples) {
  EXPECT_THAT(MetricValues(Sums("examples: 4 loss: 10 squared_error: 36 absolute_error: 6")),
              ElementsAre(IsMetric("loss", 2.5), IsMetric("mse", 9.0), IsMetric("rmse", 3.0), IsMetric("mae", 1.5)));
}

TEST(MetricValuesTest, ClassificationCountsExamplesWhateverTheirWeight) {
  EXPECT_THAT(MetricValues(Sums("examples: 8 loss: 3 loss_weight: 2 correct: 4 correct_top_k: 6")),
              ElementsAre(IsMetric("loss", 1.5), IsMetric("accuracy", 0.5), IsMetric("top_k_accuracy", 0.75)));
}

TEST(MetricValuesTest, TripletsAreCounted) {
  EXPECT_THAT(MetricValues(Sums("examples: 8 loss: 3 loss_weight: 12 triplets: 40 nonzero_triplets: 12")),
              ElementsAre(IsMetric("loss", 0.25), IsMetric("nonzero_triplets", 12.0)));
}

TEST(MetricValuesTest, PairsMakeTheAreaUnderTheCurve) {
  EXPECT_THAT(MetricValues(Sums("examples: 2 loss: 1 ranked_pairs: 8 ordered_pairs: 6.5")),
              ElementsAre(IsMetric("loss", 0.5), IsMetric("auc", 0.8125)));
}

// A metric of zero is one that the model has.
TEST(MetricValuesTest, AMetricIsThereWhereItsSumIs) {
  EXPECT_THAT(Names(Sums("examples: 1 loss: 1")), ElementsAre("loss"));
  EXPECT_THAT(Names(Sums("examples: 1 loss: 1 correct: 0")), ElementsAre("loss", "accuracy"));
  EXPECT_THAT(Names(Sums("examples: 1 squared_error: 0 absolute_error: 0")), ElementsAre("loss", "mse", "rmse", "mae"));
  EXPECT_THAT(Names(Sums("examples: 1 nonzero_triplets: 0 ordered_pairs: 0")),
              ElementsAre("loss", "nonzero_triplets", "auc"));
}

TEST(MetricValuesTest, TheLossIsZeroWhereAllTripletsAre) {
  EXPECT_EQ(MeanLoss(Sums("examples: 8 loss: 0 loss_weight: 0 triplets: 40 nonzero_triplets: 0")), 0);
}

TEST(MetricValuesTest, MeansOfNothingAreNoNumbers) {
  EXPECT_TRUE(std::isnan(MeanLoss(MetricSums())));
  for (const MetricValue& metric :
       MetricValues(Sums("squared_error: 0 absolute_error: 0 correct: 0 correct_top_k: 0 ordered_pairs: 0"))) {
    EXPECT_TRUE(std::isnan(metric.value)) << metric.name;
  }
}

}  // namespace
}  // namespace shoal
