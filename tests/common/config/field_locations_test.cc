#include "common/config/field_locations.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

const SourceLocation kJob{"job", 1, 1};

TEST(FieldLocationsTest, PathsAreJoinedWithDotsAndBrackets) {
  EXPECT_EQ(JoinPath("", "training"), "training");
  EXPECT_EQ(JoinPath(ElementPath("tables", 2), "name"), "tables[2].name");
}

TEST(FieldLocationsTest, AFieldThatIsNotWrittenLiesWhereItsInnermostWrittenMessageLies) {
  FieldLocations locations(kJob);
  locations.Record("tables[0]", {"job", 5, 1});
  locations.Record("tables[0].optimizer", {"job", 6, 1});
  EXPECT_EQ(locations.Find("tables[0].optimizer.adam.eps").line, 6);
  EXPECT_EQ(locations.Find("tables[0].name").line, 5);
  EXPECT_EQ(locations.Find("tables[1].name").line, 1);
  EXPECT_EQ(locations.Find("model").line, 1);
}

TEST(FieldLocationsTest, KeepsTheFirstLocation) {
  FieldLocations locations(kJob);
  locations.Record("name", {"job", 2, 1});
  locations.Record("name", {"job", 3, 1});
  EXPECT_EQ(locations.Find("name").line, 2);
}

TEST(FieldLocationsTest, EraseForgetsWhatIsWithinAndNothingWithASimilarName) {
  FieldLocations locations(kJob);
  locations.Record("data.train", {"job", 2, 1});
  locations.Record("data.train.path", {"job", 3, 1});
  locations.Record("data.train_other", {"job", 4, 1});
  locations.MarkUnreadable("data.train.format");
  locations.Erase("data.train");
  EXPECT_FALSE(locations.Contains("data.train"));
  EXPECT_FALSE(locations.Contains("data.train.path"));
  EXPECT_FALSE(locations.IsUnreadable("data.train.format"));
  EXPECT_TRUE(locations.Contains("data.train_other"));
}

}  // namespace
}  // namespace shoal
