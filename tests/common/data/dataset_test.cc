#include "common/data/dataset.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(DatasetTest, ColumnsAreFoundByNameAndKind) {
  Dataset dataset;
  dataset.id_columns = {{"user", {}}, {"item", {}}};
  dataset.number_columns = {{"rating", {}}};
  EXPECT_EQ(1, dataset.FindIdColumn("item"));
  EXPECT_EQ(0, dataset.FindNumberColumn("rating"));
  EXPECT_EQ(-1, dataset.FindIdColumn("rating"));
  EXPECT_EQ(-1, dataset.FindNumberColumn("user"));
  dataset.bag_columns = {{"words", {}, {}}};
  dataset.label_columns = {{"kind", {}, 2}, {"words", {}, 3}};
  dataset.image_columns = {{"face", 2, 3, {}}};
  EXPECT_EQ(0, dataset.FindBagColumn("words"));
  EXPECT_EQ(1, dataset.FindLabelColumn("words"));
  EXPECT_EQ(0, dataset.FindImageColumn("face"));
  EXPECT_EQ(-1, dataset.FindImageColumn("kind"));
}

}  // namespace
}  // namespace shoal
