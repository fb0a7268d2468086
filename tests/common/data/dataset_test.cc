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
}

}  // namespace
}  // namespace shoal
