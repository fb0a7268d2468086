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

// Names of the columns of a kind.
std::vector<std::string> Names(SourceLayout layout, const DataConfig& data, ColumnKind kind) {
  std::vector<std::string> names;
  for (const DataColumn& column : ColumnsOf(layout, data)) {
    if (column.kind == kind) names.push_back(column.name);
  }
  return names;
}

TEST_F(DataColumnsTest, ColumnsAreTheLayoutsOwnOrTheJobs) {
  DataConfig data;
  data.add_columns()->set_name("who");
  data.add_columns()->set_type(ColumnConfig::NUMBER);  // Without a name.
  for (const ColumnConfig::Type type : {ColumnConfig::NUMBER, ColumnConfig::INTEGER_ID, ColumnConfig::LABEL,
                                        ColumnConfig::TEXT, ColumnConfig::ID_LIST}) {
    ColumnConfig* column = data.add_columns();
    column->set_type(type);
    column->set_name(ColumnConfig::Type_Name(type));
  }
  EXPECT_THAT(Names(SourceLayout::kDelimited, data, ColumnKind::kId), ElementsAre("who", "INTEGER_ID"));
  EXPECT_THAT(Names(SourceLayout::kDelimited, data, ColumnKind::kNumber), ElementsAre("NUMBER"));
  EXPECT_THAT(Names(SourceLayout::kDelimited, data, ColumnKind::kLabel), ElementsAre("LABEL"));
  EXPECT_THAT(Names(SourceLayout::kDelimited, data, ColumnKind::kText), ElementsAre("TEXT"));
  EXPECT_THAT(Names(SourceLayout::kDelimited, data, ColumnKind::kIdList), ElementsAre("ID_LIST"));
  EXPECT_THAT(Names(SourceLayout::kRatings, data, ColumnKind::kId), ElementsAre("user_id", "item_id"));
  EXPECT_THAT(Names(SourceLayout::kRatings, data, ColumnKind::kNumber), ElementsAre("rating"));
  EXPECT_THAT(Names(SourceLayout::kImages, data, ColumnKind::kImage), ElementsAre("image"));
  EXPECT_THAT(Names(SourceLayout::kImages, data, ColumnKind::kLabel), ElementsAre("label"));
}

TEST_F(DataColumnsTest, IdxSourcesHoldImages) {
  DataSource source;
  source.set_format(DataSource::IDX);
  EXPECT_EQ(LayoutOf(source, "data.train", locations_), SourceLayout::kImages);
}

}  // namespace
}  // namespace shoal
