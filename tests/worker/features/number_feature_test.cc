#include "worker/features/number_feature.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/features/feature_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(NumberFeatureTest, ColumnsStandSideBySide) {
  FeatureInputs inputs;
  inputs.columns.numbers = {"price"};  // Of another feature.
  const auto feature = MakeFeature(FeatureJob(1), "dense { columns: ['weight', 'price'] }", &inputs).value();
  EXPECT_EQ(feature->width(), 2);
  EXPECT_FALSE(feature->reads_rows());
  EXPECT_THAT(inputs.columns.numbers, ElementsAre("price", "weight"));

  const std::vector<float> prices = {1, 2, 3};
  const std::vector<float> weights = {-10, 0, 1e-30F};
  ModelBatch batch;
  batch.num_examples = 3;
  batch.numbers = {prices, weights};
  FeatureOutput output(3, 5);
  feature->Forward(batch, output.data() + 2, 5);
  EXPECT_THAT(output.Take(2, 2), ElementsAre(-10, 1, 0, 2, 1e-30F, 3));
  EXPECT_THAT(output.rest(), Each(FeatureOutput::kUntouched));
}

TEST(NumberFeatureTest, AColumnMayStandTwice) {
  FeatureInputs inputs;
  const auto feature = MakeFeature(FeatureJob(1), "dense { columns: ['price', 'price'] }", &inputs).value();
  EXPECT_THAT(inputs.columns.numbers, ElementsAre("price"));
  const std::vector<float> prices = {4};
  ModelBatch batch;
  batch.num_examples = 1;
  batch.numbers = {prices};
  FeatureOutput output(1, 2);
  feature->Forward(batch, output.data(), 2);
  EXPECT_THAT(output.Take(0, 2), ElementsAre(4, 4));
}

}  // namespace
}  // namespace shoal
