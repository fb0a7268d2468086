#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/features/feature_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(CreateFeatureTest, FeaturesShareColumnsAndReadTheirOwnLookups) {
  const ResolvedJob job = FeatureJob(2);
  FeatureInputs inputs;
  for (const char* config :
       {"id { column: 'a' table: 'item' }", "bag { column: 'text' table: 'word' }", "id { column: 'b' table: 'word' }",
        "bag { column: 'text' table: 'item' mode: SUM }", "id { column: 'a' table: 'word' }"}) {
    ASSERT_TRUE(MakeFeature(job, config, &inputs).ok()) << config;
  }
  EXPECT_THAT(inputs.columns.ids, ElementsAre("a", "b"));
  EXPECT_THAT(inputs.columns.bags, ElementsAre("text"));
  std::vector<std::vector<int>> lookups;
  for (const Lookup& lookup : inputs.lookups) lookups.push_back({lookup.table, lookup.id_column, lookup.bag_column});
  EXPECT_THAT(lookups, ElementsAre(ElementsAre(0, 0, -1), ElementsAre(1, -1, 0), ElementsAre(1, 1, -1),
                                   ElementsAre(0, -1, 0), ElementsAre(1, 0, -1)));
}

// An id, a number and a bag of one batch in one row of the tower's input.
TEST(CreateFeatureTest, FeaturesSideBySideDoNotTouchEachOther) {
  const ResolvedJob job = FeatureJob(2);
  FeatureInputs inputs;
  std::vector<std::unique_ptr<NetworkFeature>> features;
  for (const char* config : {"id { column: 'a' table: 'item' }", "dense { columns: 'n' }",
                             "bag { column: 'text' table: 'word' mode: SUM }"}) {
    features.push_back(MakeFeature(job, config, &inputs).value());
  }
  RowBlock items = MakeRowBlock({1, 2, 3, 4}, 2);
  RowBlock words = MakeRowBlock({10, 20, 30, 40}, 2);
  const std::vector<uint32_t> item_index = {1, 0};
  const std::vector<uint32_t> word_index = {0, 1, 1};
  const std::vector<int64_t> offsets = {0, 2, 3};
  const std::vector<float> numbers = {-1, -2};
  ModelBatch batch;
  batch.num_examples = 2;
  batch.numbers = {numbers};
  batch.lookups = {items.Lookup(item_index.data()), words.Lookup(word_index.data(), offsets.data())};

  FeatureOutput output(2, 6);
  int64_t column = 0;
  for (const auto& feature : features) {
    feature->Forward(batch, output.data() + column, 6);
    column += feature->width();
  }
  EXPECT_EQ(column, 5);
  EXPECT_THAT(output.Take(0, 5), ElementsAre(3, 4, -1, 40, 60, 1, 2, -2, 30, 40));
  EXPECT_THAT(output.rest(), Each(FeatureOutput::kUntouched));

  output.Put(0, 5, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  features[0]->Backward(batch, output.data(), 6);
  features[2]->Backward(batch, output.data() + 3, 6);
  EXPECT_THAT(items.gradients(), ElementsAre(6, 7, 1, 2));
  EXPECT_THAT(words.gradients(), ElementsAre(4, 5, 13, 15));
}

TEST(CreateFeatureTest, ATableThatIsNotThereIsNamed) {
  for (const char* config : {"id { column: 'a' table: 'items' }", "bag { column: 'a' table: 'items' }"}) {
    FeatureInputs inputs;
    EXPECT_EQ(MakeFeature(FeatureJob(2), config, &inputs).status(),
              absl::InvalidArgumentError("model.network.features: no table is named 'items'"));
    EXPECT_TRUE(inputs.lookups.empty());
  }
}

TEST(CreateFeatureTest, AnEmptyFeatureIsAnError) {
  FeatureInputs inputs;
  EXPECT_EQ(MakeFeature(FeatureJob(2), "", &inputs).status(),
            absl::InvalidArgumentError("model.network.features: an element is empty; give id, bag, image or dense"));
}

}  // namespace
}  // namespace shoal
