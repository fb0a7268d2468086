#include "common/config/tower_inputs.h"

#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

absl::optional<int64_t> Inputs(const std::string& features, bool images_known = true) {
  JobConfig job;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "data { columns { name: 'grid' type: ID_LIST id_list { shape: [2, 4] } } columns { name: 'any' type: ID_LIST } } "
      "tables { name: 'a' embedding_dim: 3 } tables { name: 'b' embedding_dim: 5 } tables { name: 'c' } "
      "model { network { " +
          features + " } }",
      &job));
  google::protobuf::RepeatedPtrField<ImageInfo> images;
  if (images_known) {
    images.Add()->set_name("face");
    images[0].set_height(4);
    images[0].set_width(7);
  }
  return FindTowerInputs(job, images);
}

TEST(TowerInputsTest, FeaturesLieSideBySide) {
  EXPECT_EQ(Inputs("features { id { table: 'a' } } features { bag { table: 'b' } } features { bag { table: 'b' } } "
                   "features { image { column: 'face' } } features { dense { columns: 'x' columns: 'y' } }"),
            3 + 5 + 5 + 28 + 2);
}

TEST(TowerInputsTest, AnArrayOfIdsHasARowForEach) {
  EXPECT_EQ(Inputs("features { id { column: 'grid' table: 'a' } } features { id { column: 'x' table: 'b' } }"),
            8 * 3 + 5);
  EXPECT_EQ(Inputs("features { bag { column: 'grid' table: 'a' } }"), 3);
  EXPECT_EQ(Inputs("features { id { column: 'any' table: 'a' } }"), absl::nullopt);
}

TEST(TowerInputsTest, AnUnknownWidthMakesTheSumUnknown) {
  EXPECT_EQ(Inputs("features { image { column: 'face' } }", /*images_known=*/false), absl::nullopt);
  EXPECT_EQ(Inputs("features { id { table: 'a' } } features { id { table: 'c' } }"), absl::nullopt);
  EXPECT_EQ(Inputs("features { id { table: 'none' } }"), absl::nullopt);
  EXPECT_EQ(Inputs("features {}"), absl::nullopt);
}

}  // namespace
}  // namespace shoal
