#include "common/config/data_columns.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using testing::ElementsAre;

class DataColumnsTest : public testing::Test {
 protected:
  FieldLocations locations_{{"job", 1, 1}};
};

TEST_F(DataColumnsTest, EachLayoutOfTheSourcesOccursOnce) {
  DataConfig data;
  EXPECT_THAT(LayoutsOf(data, locations_), testing::IsEmpty());
  data.mutable_train()->set_format(DataSource::MOVIELENS_CSV);
  data.mutable_validation()->mutable_synthetic();
  EXPECT_THAT(LayoutsOf(data, locations_), ElementsAre(SourceLayout::kRatings));
  data.mutable_train()->set_format(DataSource::DELIMITED);
  EXPECT_THAT(LayoutsOf(data, locations_), ElementsAre(SourceLayout::kDelimited, SourceLayout::kRatings));
}

TEST_F(DataColumnsTest, AFormatThatCouldNotBeReadMayBeAnyLayout) {
  locations_.MarkUnreadable("data.train.format");
  EXPECT_EQ(LayoutOf(DataSource(), "data.train", locations_), SourceLayout::kUnknown);
  EXPECT_EQ(LayoutOf(DataSource(), "data.validation", locations_), SourceLayout::kDelimited);
}

TEST_F(DataColumnsTest, ColumnsAreTheLayoutsOwnOrTheJobs) {
  DataConfig data;
  data.add_columns()->set_name("who");
  data.add_columns()->set_type(ColumnConfig::NUMBER);  // Without a name.
  data.add_columns()->set_name("score");
  data.mutable_columns(2)->set_type(ColumnConfig::NUMBER);
  EXPECT_THAT(ColumnsOf(SourceLayout::kDelimited, data).ids, ElementsAre("who"));
  EXPECT_THAT(ColumnsOf(SourceLayout::kDelimited, data).numbers, ElementsAre("score"));
  EXPECT_THAT(ColumnsOf(SourceLayout::kRatings, data).ids, ElementsAre("user_id", "item_id"));
  EXPECT_THAT(ColumnsOf(SourceLayout::kRatings, data).numbers, ElementsAre("rating"));
}

}  // namespace
}  // namespace shoal
