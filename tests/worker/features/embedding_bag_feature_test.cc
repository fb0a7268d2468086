#include "worker/features/embedding_bag_feature.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/features/feature_problem.h"
#include "tests/worker/row_block.h"

namespace shoal {
namespace {

using ::nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

json LoadCases() {
  std::ifstream file("tests/reference/features/embedding_bag.json");
  EXPECT_TRUE(file.good()) << "cannot read the reference; run from the repository's root";
  return json::parse(file)["cases"];
}

std::unique_ptr<NetworkFeature> MakeBag(int dim, const std::string& mode) {
  FeatureInputs inputs;
  return MakeFeature(FeatureJob(dim), "bag { column: 'text' table: 'word' mode: " + mode + " }", &inputs).value();
}

// The feature stands at float `column` of `stride`.
void ExpectAgreesWithCase(const json& expected, const std::string& mode, int64_t column, int64_t stride) {
  const int dim = expected["dim"];
  RowBlock block = MakeRowBlock(expected["rows"], dim);
  const std::vector<uint32_t> index = expected["ids"];
  const std::vector<int64_t> offsets = expected["offsets"];
  ModelBatch batch;
  batch.num_examples = static_cast<int64_t>(offsets.size()) - 1;
  batch.lookups = {block.Lookup(index.data(), offsets.data())};
  const std::unique_ptr<NetworkFeature> feature = MakeBag(dim, mode);

  FeatureOutput output(batch.num_examples, stride);
  feature->Forward(batch, output.data() + column, stride);
  ExpectNear(output.Take(column, dim), expected["modes"][mode]["output"]);
  EXPECT_THAT(output.rest(), Each(FeatureOutput::kUntouched)) << "written outside of the feature";

  FeatureOutput gradient(batch.num_examples, stride);
  gradient.Put(column, dim, expected["output_gradient"]);
  feature->Backward(batch, gradient.data() + column, stride);
  ExpectNear(TakeGradients(&block, dim), expected["modes"][mode]["gradients"]);
}

TEST(EmbeddingBagFeatureTest, AgreesWithPyTorch) {
  const json cases = LoadCases();
  ASSERT_GE(cases.size(), 10u);
  ForEachInstructionSet([&](const InstructionSet& set) {
    for (const json& expected : cases) {
      for (const std::string mode : {"MEAN", "SUM", "MAX"}) {
        SCOPED_TRACE(set.name + std::string(", ") + expected["name"].get<std::string>() + ", " + mode);
        ExpectAgreesWithCase(expected, mode, /*column=*/0, expected["dim"]);
        ExpectAgreesWithCase(expected, mode, /*column=*/3, expected["dim"].get<int64_t>() + 5);
      }
    }
  });
}

TEST(EmbeddingBagFeatureTest, GradientsAreAddedToThoseThatAreThere) {
  for (const std::string mode : {"MEAN", "SUM", "MAX"}) {
    RowBlock block = MakeRowBlock({1, 2}, /*dim=*/1);
    block.gradient(0)[0] = 10;
    const std::vector<uint32_t> index = {0};
    const std::vector<int64_t> offsets = {0, 1};
    ModelBatch batch;
    batch.num_examples = 1;
    batch.lookups = {block.Lookup(index.data(), offsets.data())};
    const std::unique_ptr<NetworkFeature> feature = MakeBag(1, mode);
    float value = 3;
    feature->Forward(batch, &value, 1);
    EXPECT_EQ(value, 1);
    value = 5;
    feature->Backward(batch, &value, 1);
    EXPECT_THAT(block.gradients(), ElementsAre(15, 0)) << mode;
  }
}

TEST(EmbeddingBagFeatureTest, WeightsMultiplyTheRowsOfASum) {
  RowBlock block = MakeRowBlock({1, 2, 10, 20}, /*dim=*/2);
  const std::vector<uint32_t> index = {0, 1, 0, 1};
  const std::vector<int64_t> offsets = {0, 3, 3, 4};
  const std::vector<float> weights = {0.5F, -1, 2, 0};
  ModelBatch batch;
  batch.num_examples = 3;
  batch.lookups = {block.Lookup(index.data(), offsets.data(), weights.data())};
  const std::unique_ptr<NetworkFeature> feature = MakeBag(2, "SUM");
  std::vector<float> values(6);
  feature->Forward(batch, values.data(), 2);
  EXPECT_THAT(values, ElementsAre(-7.5F, -15, 0, 0, 0, 0));
  values = {1, 2, 4, 8, 16, 32};
  feature->Backward(batch, values.data(), 2);
  EXPECT_THAT(TakeGradients(&block, 2), ElementsAre(2.5F, 5, -1, -2));
}

// Of the first row that has the maximum, whichever place it has among the distinct rows.
TEST(EmbeddingBagFeatureTest, OfEqualMaximaTheFirstInTheBagGetsTheGradient) {
  RowBlock block = MakeRowBlock({1, 7, 7, 7}, /*dim=*/1);
  const std::vector<uint32_t> index = {0, 3, 1, 2, 2, 1};
  const std::vector<int64_t> offsets = {0, 4, 6};
  ModelBatch batch;
  batch.num_examples = 2;
  batch.lookups = {block.Lookup(index.data(), offsets.data())};
  const std::unique_ptr<NetworkFeature> feature = MakeBag(1, "MAX");
  std::vector<float> values(2);
  feature->Forward(batch, values.data(), 1);
  EXPECT_THAT(values, ElementsAre(7, 7));
  values = {2, 4};
  feature->Backward(batch, values.data(), 1);
  EXPECT_THAT(block.gradients(), ElementsAre(0, 0, 4, 2));
}

TEST(EmbeddingBagFeatureTest, AnEarlierLargerBatchLeavesNoTrace) {
  RowBlock block = MakeRowBlock({1, 2, 3, 4, 5, 6}, /*dim=*/2);
  const std::vector<uint32_t> index = {0, 1, 2, 1};
  const std::vector<int64_t> large = {0, 2, 4};
  const std::vector<int64_t> small = {0, 0};
  const std::unique_ptr<NetworkFeature> feature = MakeBag(2, "MAX");
  ModelBatch batch;
  std::vector<float> values(4);
  batch.num_examples = 2;
  batch.lookups = {block.Lookup(index.data(), large.data())};
  feature->Forward(batch, values.data(), 2);
  batch.num_examples = 1;
  batch.lookups = {block.Lookup(index.data(), small.data())};
  feature->Forward(batch, values.data(), 2);
  feature->Backward(batch, values.data() + 2, 2);
  EXPECT_THAT(std::vector<float>(values.begin(), values.begin() + 2), Each(0.0F));
  EXPECT_THAT(block.gradients(), Each(0.0F));
}

TEST(EmbeddingBagFeatureTest, ReadsItsTableByABagColumn) {
  FeatureInputs inputs;
  const auto feature = MakeFeature(FeatureJob(5), "bag { column: 'text' table: 'word' }", &inputs).value();
  EXPECT_EQ(feature->width(), 5);
  EXPECT_TRUE(feature->reads_rows());
  EXPECT_THAT(inputs.columns.bags, ElementsAre("text"));
  EXPECT_THAT(inputs.columns.ids, IsEmpty());
  ASSERT_EQ(inputs.lookups.size(), 1u);
  EXPECT_EQ(inputs.lookups[0].table, 1);
  EXPECT_EQ(inputs.lookups[0].id_column, Lookup::kNoColumn);
  EXPECT_EQ(inputs.lookups[0].bag_column, 0);
}

TEST(EmbeddingBagFeatureTest, AFrozenTableNeedsNoGradient) {
  ResolvedJob job = FeatureJob(5);
  job.mutable_job()->mutable_tables(1)->set_freeze(true);
  FeatureInputs inputs;
  EXPECT_FALSE(MakeFeature(job, "bag { column: 'text' table: 'word' }", &inputs).value()->reads_rows());
}

}  // namespace
}  // namespace shoal
