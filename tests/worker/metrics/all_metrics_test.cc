#include "worker/metrics/all_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// What is shown of a batch, as "name value".
std::vector<std::string> Shown(const MetricBatch& batch, double examples) {
  std::vector<std::string> shown;
  for (const Metric* metric : AllMetrics()) {
    if (!metric->Reads(batch)) continue;
    std::vector<double> sums(metric->num_sums());
    metric->Add(batch, absl::MakeSpan(sums));
    shown.push_back(std::string(metric->name()) + " " + testing::PrintToString(metric->Value(sums, examples)));
  }
  return shown;
}

TEST(AllMetricsTest, EachHasSumsAndAKeyOfItsOwn) {
  std::set<std::string> keys;
  for (const Metric* metric : AllMetrics()) {
    EXPECT_TRUE(keys.insert(std::string(metric->key())).second) << metric->key();
    EXPECT_FALSE(metric->name().empty());
    EXPECT_GE(metric->num_sums(), 1);
  }
}

TEST(AllMetricsTest, NoneReadsWhatIsNotThere) { EXPECT_THAT(Shown(MetricBatch(), 0), IsEmpty()); }

TEST(AllMetricsTest, PredictedNumbersHaveErrors) {
  MetricBatch batch;
  batch.squared_error = 36;
  batch.absolute_error = 6;
  EXPECT_THAT(Shown(batch, 4), ElementsAre("mse 9", "rmse 3", "mae 1.5"));
}

TEST(AllMetricsTest, LabelsAreCountedWhereTheyArePredicted) {
  const std::vector<int64_t> labels = {0, 2, 1, 1};
  const std::vector<int64_t> predicted = {0, 1, 1, -1};
  // 2 is the second of its row's outputs; equal outputs rank by class; NaN ranks first.
  const std::vector<float> outputs = {3, 1, 0, /**/ 0, 3, 1, /**/ 2, 2, 2, /**/ 9, kNan, 1};
  MetricBatch batch;
  batch.labels = labels;
  batch.predicted = predicted;
  batch.outputs = outputs;
  batch.num_outputs = 3;
  EXPECT_THAT(Shown(batch, 4), ElementsAre("accuracy 0.5"));
  batch.top_k = 2;
  EXPECT_THAT(Shown(batch, 4), ElementsAre("accuracy 0.5", "top_k_accuracy 0.75"));
}

TEST(AllMetricsTest, NanAheadOfALabelCountsAsAHigherOutput) {
  const std::vector<int64_t> labels = {1};
  const std::vector<float> outputs = {kNan, 1, kNan};
  MetricBatch batch;
  batch.labels = labels;
  batch.outputs = outputs;
  batch.num_outputs = 3;
  for (batch.top_k = 2; batch.top_k <= 3; ++batch.top_k) {
    EXPECT_THAT(Shown(batch, 1), ElementsAre(batch.top_k == 2 ? "top_k_accuracy 0" : "top_k_accuracy 1"));
  }
}

TEST(AllMetricsTest, TripletsWithALossAreCounted) {
  MetricBatch batch;
  batch.triplets = 40;
  batch.nonzero_triplets = 12;
  EXPECT_THAT(Shown(batch, 8), ElementsAre("nonzero_triplets 12"));
}

// Two examples of a positive and three negatives.
TEST(AllMetricsTest, RankingComparesPositivesWithTheirNegatives) {
  const std::vector<double> scores = {2, 1, 2, 3, /**/ 0, -1, -2, -3};
  MetricBatch batch;
  batch.scores = scores;
  batch.num_scores = 4;
  EXPECT_THAT(Shown(batch, 2), ElementsAre("auc 0.75"));
}

TEST(AllMetricsTest, TwoClassesHaveAnAreaInValidation) {
  const std::vector<int64_t> labels = {0, 1};
  const std::vector<float> outputs = {2, 1, 1, 3};
  MetricBatch batch;
  batch.labels = labels;
  batch.outputs = outputs;
  batch.num_outputs = 2;
  EXPECT_THAT(Shown(batch, 2), ElementsAre("auc 1"));
  batch.training = true;
  EXPECT_THAT(Shown(batch, 2), IsEmpty());
}

}  // namespace
}  // namespace shoal
