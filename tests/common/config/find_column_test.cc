#include "common/config/find_column.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

DataConfig Columns() {
  DataConfig data;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"pb(
                                                              columns { name: "user" }
                                                              columns {
                                                                name: "tags"
                                                                type: ID_LIST
                                                                id_list { separator: " " }
                                                              }
                                                              columns {
                                                                name: "grid"
                                                                type: ID_LIST
                                                                id_list { shape: [ 2, 3, 4 ] }
                                                              }
                                                            )pb",
                                                            &data));
  return data;
}

TEST(FindColumnTest, AColumnIsFoundByItsName) {
  const DataConfig data = Columns();
  EXPECT_EQ(FindColumnConfig(data, "tags"), &data.columns(1));
  EXPECT_EQ(FindColumnConfig(data, "tag"), nullptr);
  EXPECT_EQ(FindColumnConfig(data, ""), nullptr);
}

TEST(FindColumnTest, OnlyAColumnOfListsHasOne) {
  const DataConfig data = Columns();
  EXPECT_EQ(FindIdList(data, "tags"), &data.columns(1).id_list());
  EXPECT_EQ(FindIdList(data, "user"), nullptr);
  EXPECT_EQ(FindIdList(data, "none"), nullptr);
}

TEST(FindColumnTest, AShapeSaysHowManyIdsAnExampleHas) {
  const DataConfig data = Columns();
  EXPECT_EQ(IdsPerExample(data, "user"), 1);
  EXPECT_EQ(IdsPerExample(data, "user_id"), 1) << "of a source with columns of its own";
  EXPECT_EQ(IdsPerExample(data, "tags"), 0);
  EXPECT_EQ(IdsPerExample(data, "grid"), 24);
}

TEST(FindColumnTest, AShapeThatCannotBeHasNoElements) {
  IdListConfig list;
  for (const int dimension : {2, -3, -4}) list.add_shape(dimension);
  EXPECT_EQ(ShapeSize(list), 0);
}

TEST(FindColumnTest, AHugeShapeDoesNotOverflow) {
  IdListConfig list;
  for (int i = 0; i < 9; ++i) list.add_shape(1 << 30);
  EXPECT_EQ(ShapeSize(list), int64_t{1} << 31);
}

}  // namespace
}  // namespace shoal
