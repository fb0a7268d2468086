#include "launcher/commands/row_directory.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Problem(const RowDirectory& rows, absl::string_view key, absl::StatusCode code) {
  const absl::StatusOr<uint64_t> found = rows.Find(key);
  EXPECT_EQ(found.status().code(), code) << key << ": " << found.status();
  return std::string(found.status().message());
}

const RowDirectory& Films() {
  static const auto& films = *new RowDirectory("film", 5, {"50", "172", "7", "8"},
                                               {{"50", "Star Wars (1977)"},
                                                {"172", "Empire Strikes Back, The (1980)"},
                                                {"7", "Chasing Amy (1997)"},
                                                {"8", "Chasing Amy (1997)"},
                                                {"9", "of no row"}});
  return films;
}

TEST(RowDirectoryTest, FindsByKeyAndByName) {
  EXPECT_EQ(*Films().Find("172"), 1U);
  EXPECT_EQ(*Films().Find("Star Wars (1977)"), 0U);
  EXPECT_EQ(Films().Describe(0), "'Star Wars (1977)' (key '50', id 0)");
}

TEST(RowDirectoryTest, AKeyGoesBeforeANameOfTheSameText) {
  const RowDirectory rows("word", 2, {"a", "b"}, {{"a", "b"}, {"b", "a"}});
  EXPECT_EQ(*rows.Find("a"), 0U);
}

TEST(RowDirectoryTest, WithoutVocabularyIdsAreTheKeys) {
  const RowDirectory rows("user", 10, {}, {{"3", "Ada"}});
  EXPECT_EQ(*rows.Find("9"), 9U);
  EXPECT_EQ(*rows.Find("Ada"), 3U);
  EXPECT_EQ(rows.Describe(3), "'Ada' (id 3)");
  EXPECT_EQ(rows.Describe(4), "id 4");
  EXPECT_THAT(Problem(rows, "10", absl::StatusCode::kNotFound), HasSubstr("no row with the key or name '10'"));
  EXPECT_THAT(Problem(RowDirectory("user", 10, {}, {}), "Ada", absl::StatusCode::kNotFound),
              HasSubstr("its keys are the ids 0 to 9"));
}

TEST(RowDirectoryTest, RowsBehindTheVocabularyHaveTheirIdForAKey) {
  EXPECT_EQ(Films().KeyOf(4), "4");
  EXPECT_EQ(Films().NameOf(4), "");
}

TEST(RowDirectoryTest, AnUnknownKeySuggestsWhatContainsIt) {
  EXPECT_THAT(Problem(Films(), "empire", absl::StatusCode::kNotFound),
              AllOf(HasSubstr("'Empire Strikes Back, The (1980)'?"), Not(HasSubstr("Star"))));
}

TEST(RowDirectoryTest, AnUnknownKeySuggestsWhatItMisspells) {
  EXPECT_THAT(Problem(Films(), "Star Wras (1977)", absl::StatusCode::kNotFound),
              HasSubstr("did you mean 'Star Wars (1977)'?"));
  EXPECT_THAT(Problem(Films(), "something else altogether", absl::StatusCode::kNotFound), Not(HasSubstr("did you")));
}

TEST(RowDirectoryTest, ANameOfSeveralRowsIsRefused) {
  EXPECT_THAT(Problem(Films(), "Chasing Amy (1997)", absl::StatusCode::kInvalidArgument),
              HasSubstr("with the ids 2, 3; choose one with --id"));
}

}  // namespace
}  // namespace shoal
