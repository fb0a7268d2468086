#include "worker/features/row_feature.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/features/feature_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr char kItem[] = "id { column: 'item_id' table: 'item' }";
constexpr char kGrid[] = "id { column: 'grid' table: 'item' }";

class RowFeatureTest : public testing::Test {
 protected:
  // Row r of `dim` floats has 100 r, 100 r + 1, ...
  void Create(int dim, int64_t num_rows, std::vector<uint32_t> index) {
    dim_ = dim;
    std::vector<float> values;
    for (int64_t r = 0; r < num_rows; ++r) {
      for (int e = 0; e < dim; ++e) values.push_back(static_cast<float>(100 * r + e));
    }
    block_ = std::make_unique<RowBlock>(MakeRowBlock(values, dim));
    index_ = std::move(index);
    batch_.num_examples = static_cast<int64_t>(index_.size());
    batch_.lookups = {block_->Lookup(index_.data())};
    FeatureInputs inputs;
    feature_ = MakeFeature(FeatureJob(dim), kItem, &inputs).value();
  }

  int dim_ = 0;
  std::unique_ptr<RowBlock> block_;
  std::vector<uint32_t> index_;
  ModelBatch batch_;
  std::unique_ptr<NetworkFeature> feature_;
};

TEST_F(RowFeatureTest, EveryExampleGetsItsRow) {
  Create(/*dim=*/3, /*num_rows=*/3, {2, 0, 2, 1});
  FeatureOutput output(4, 3);
  feature_->Forward(batch_, output.data(), 3);
  EXPECT_THAT(output.Take(0, 3), ElementsAre(200, 201, 202, 0, 1, 2, 200, 201, 202, 100, 101, 102));
}

TEST_F(RowFeatureTest, GradientsOfARowAddUp) {
  Create(/*dim=*/2, /*num_rows=*/3, {2, 0, 2, 2});
  block_->gradient(0)[1] = 1000;
  const std::vector<float> gradient = {1, 2, 3, 4, 5, 6, 7, 8};
  feature_->Backward(batch_, gradient.data(), 2);
  EXPECT_THAT(block_->gradients(), ElementsAre(3, 1004, 0, 0, 13, 16));
}

// 18 floats lie in a segment of 32.
TEST_F(RowFeatureTest, AWiderOutputAndPaddedRowsAreLeftAsTheyAre) {
  Create(/*dim=*/18, /*num_rows=*/2, {1, 0});
  FeatureOutput output(2, 23);
  feature_->Forward(batch_, output.data() + 2, 23);
  std::vector<float> expected(block_->row(1), block_->row(1) + 18);
  expected.insert(expected.end(), block_->row(0), block_->row(0) + 18);
  EXPECT_THAT(output.Take(2, 18), ElementsAreArray(expected));
  EXPECT_THAT(output.rest(), Each(FeatureOutput::kUntouched));

  output.Put(2, 18, expected);
  feature_->Backward(batch_, output.data() + 2, 23);
  EXPECT_THAT(std::vector<float>(block_->gradient(1), block_->gradient(1) + 18),
              ElementsAreArray(block_->row(1), block_->row(1) + 18));
  EXPECT_THAT(std::vector<float>(block_->gradient(1) + 18, block_->gradient(1) + 32), Each(0.0F));
}

TEST_F(RowFeatureTest, NoExamplesTouchNothing) {
  Create(/*dim=*/2, /*num_rows=*/1, {});
  feature_->Forward(batch_, nullptr, 2);
  feature_->Backward(batch_, nullptr, 2);
  EXPECT_THAT(block_->gradients(), Each(0.0F));
}

TEST_F(RowFeatureTest, RowsOfAnArrayOfIdsLieOneBehindTheOther) {
  Create(/*dim=*/3, /*num_rows=*/3, {2, 0, 2, 1, 1, 1, 0, 2});
  batch_.num_examples = 2;
  FeatureInputs inputs;
  feature_ = MakeFeature(FeatureJob(dim_), kGrid, &inputs).value();
  ASSERT_EQ(feature_->width(), 12);
  FeatureOutput output(2, 14);
  feature_->Forward(batch_, output.data() + 1, 14);
  EXPECT_THAT(output.Take(1, 12), ElementsAre(200, 201, 202, 0, 1, 2, 200, 201, 202, 100, 101, 102,  //
                                              100, 101, 102, 100, 101, 102, 0, 1, 2, 200, 201, 202));
  EXPECT_THAT(output.rest(), Each(FeatureOutput::kUntouched));

  std::vector<float> gradient(24);
  for (int i = 0; i < 24; ++i) gradient[i] = static_cast<float>(1 << (i / 3));
  output.Put(1, 12, gradient);
  feature_->Backward(batch_, output.data() + 1, 14);
  EXPECT_THAT(std::vector<float>(block_->gradient(0), block_->gradient(0) + 3), Each(2 + 64));
  EXPECT_THAT(std::vector<float>(block_->gradient(1), block_->gradient(1) + 3), Each(8 + 16 + 32));
  EXPECT_THAT(std::vector<float>(block_->gradient(2), block_->gradient(2) + 3), Each(1 + 4 + 128));
}

TEST_F(RowFeatureTest, ReadsAnArrayThatIsNoBag) {
  FeatureInputs inputs;
  ASSERT_TRUE(MakeFeature(FeatureJob(5), kGrid, &inputs).ok());
  EXPECT_THAT(inputs.columns.arrays, ElementsAre("grid"));
  EXPECT_TRUE(inputs.columns.ids.empty());
  EXPECT_TRUE(inputs.columns.bags.empty());
  EXPECT_EQ(inputs.lookups[0].id_column, Lookup::kNoColumn);
  EXPECT_EQ(inputs.lookups[0].bag_column, Lookup::kNoColumn);
  EXPECT_EQ(inputs.lookups[0].array_column, 0);
}

TEST_F(RowFeatureTest, AnyNumberOfIdsIsAnError) {
  FeatureInputs inputs;
  EXPECT_EQ(
      MakeFeature(FeatureJob(5), "id { column: 'list' table: 'item' }", &inputs).status(),
      absl::InvalidArgumentError("model.network.features: an id feature reads column 'list', which has any number "
                                 "of ids; give its id_list a shape, or read it as a bag"));
}

TEST_F(RowFeatureTest, ReadsItsTableByAnIdColumn) {
  FeatureInputs inputs;
  const auto feature = MakeFeature(FeatureJob(5), kItem, &inputs).value();
  EXPECT_EQ(feature->width(), 5);
  EXPECT_TRUE(feature->reads_rows());
  EXPECT_THAT(inputs.columns.ids, ElementsAre("item_id"));
  ASSERT_EQ(inputs.lookups.size(), 1u);
  EXPECT_EQ(inputs.lookups[0].table, 0);
  EXPECT_EQ(inputs.lookups[0].id_column, 0);
  EXPECT_EQ(inputs.lookups[0].bag_column, Lookup::kNoColumn);
}

TEST_F(RowFeatureTest, AFrozenTableNeedsNoGradient) {
  ResolvedJob job = FeatureJob(5);
  job.mutable_job()->mutable_tables(0)->set_freeze(true);
  FeatureInputs inputs;
  EXPECT_FALSE(MakeFeature(job, "id { column: 'item_id' table: 'item' }", &inputs).value()->reads_rows());
}

}  // namespace
}  // namespace shoal
