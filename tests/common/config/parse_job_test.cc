#include "common/config/parse_job.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseJobTest, AValidTextHasNoProblems) {
  std::vector<Diagnostic> problems;
  const ParsedJob parsed = ParseJob(kTestJob, "job.textproto", &problems);
  EXPECT_THAT(Format(problems), IsEmpty());
  EXPECT_EQ(parsed.job.tables_size(), 5);
  EXPECT_EQ(parsed.job.model().matrix_factorization().user().column(), "user_id");
}

TEST(ParseJobTest, KnowsTheLineOfEveryField) {
  std::vector<Diagnostic> problems;
  const ParsedJob parsed = ParseJob(kTestJob, "job.textproto", &problems);
  EXPECT_EQ(FormatLocation(parsed.locations.Find("data")), "job.textproto:1");
  EXPECT_EQ(FormatLocation(parsed.locations.Find("data.columns[2].type")), "job.textproto:5");
  EXPECT_EQ(FormatLocation(parsed.locations.Find("tables[1]")), "job.textproto:8");
  EXPECT_EQ(FormatLocation(parsed.locations.Find("model.matrix_factorization.target")), "job.textproto:16");
}

TEST(ParseJobTest, KeepsWhatItUnderstandsOfADamagedText) {
  std::vector<Diagnostic> problems;
  const ParsedJob parsed =
      ParseJob("sed: 3\ntables { nmae: \"x\" embedding_dim: 4 }\n!\nname: \"kept\"", "job.textproto", &problems);
  EXPECT_THAT(Format(problems),
              ElementsAre(testing::StartsWith("job.textproto:1: sed: unknown field; did you mean 'seed'?"),
                          testing::StartsWith("job.textproto:2: tables[0].nmae: unknown field; did you mean 'name'?"),
                          "job.textproto:3: expected the name of a field, found '!'"));
  EXPECT_EQ(parsed.job.name(), "kept");
  EXPECT_EQ(parsed.job.tables(0).embedding_dim(), 4);
  EXPECT_TRUE(parsed.locations.IsUnreadable("tables[0].name"));
}

TEST(ParseJobTest, AnEmptyTextIsAnEmptyJob) {
  std::vector<Diagnostic> problems;
  EXPECT_EQ(ParseJob("", "job.textproto", &problems).job.ByteSizeLong(), 0);
  EXPECT_THAT(problems, IsEmpty());
}

}  // namespace
}  // namespace shoal
