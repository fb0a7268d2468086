#include "launcher/commands/query.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Five rows in the plane, of which all but row 3 are created, after step 5.
class QueryCommandTest : public ::testing::Test {
 protected:
  QueryCommandTest() {
    ModelTable table;
    table.schema = {"film", 5, 2, 2, {{"weight", 2}}, false};
    table.rows[0].fields = {{1, 0}};
    table.rows[1].fields = {{0, 1}};
    table.rows[2].fields = {{10, 0}};
    table.rows[4].fields = {{-1, 0}};
    EXPECT_TRUE(files_.CreateDirectories("/vocabulary").ok());
    EXPECT_TRUE(WriteFile(files_, "/vocabulary/film.txt", "a\nb\nc\nd\ne\n").ok());
    EXPECT_TRUE(SaveCheckpoint(files_, "/run/checkpoints", 5, {table}, 2, "/vocabulary").ok());
    EXPECT_TRUE(SaveCheckpoint(files_, "/keyless/checkpoints", 5, {table}, 2).ok());
    options_.checkpoint = "/run";
    options_.table = "film";
  }

  absl::Status Query() {
    out_.str("");
    return RunQuery(files_, options_, out_);
  }

  std::string Problem(absl::StatusCode code) {
    const absl::Status status = Query();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(out_.str(), "");
    return std::string(status.message());
  }

  MemoryFileSystem files_;
  TestFiles disk_;
  QueryOptions options_;
  std::ostringstream out_;
};

TEST_F(QueryCommandTest, ListsCreatedRowsBySimilarityAndNotTheRowItself) {
  options_.key = "a";
  ASSERT_TRUE(Query().ok());
  EXPECT_EQ(out_.str(),
            "The rows nearest to key 'a', id 0 among 4 trained rows of table film at step 5:\n"
            "rank  similarity        id  key\n"
            "   1      1.0000         2  c\n"
            "   2      0.0000         1  b\n"
            "   3     -1.0000         4  e\n");
}

TEST_F(QueryCommandTest, TheEuclideanMetricShowsDistances) {
  options_.id = 0;
  options_.metric = "euclidean";
  options_.k = 2;
  ASSERT_TRUE(Query().ok());
  EXPECT_THAT(out_.str(), HasSubstr("rank    distance        id  key\n"
                                    "   1      1.4142         1  b\n"
                                    "   2           2         4  e\n"));
}

// Row 0 is as near to row 2 as row 2 itself, and stands before it.
TEST_F(QueryCommandTest, ARowOfTheSameVectorIsListed) {
  options_.key = "c";
  options_.k = 1;
  ASSERT_TRUE(Query().ok());
  EXPECT_THAT(out_.str(), HasSubstr("   1      1.0000         0  a\n"));
}

TEST_F(QueryCommandTest, NamesAreFoundAndShown) {
  options_.names.file = disk_.Write("names", "a|Alpha\nb|Mis\xE9rables\nc|Gamma\n");
  options_.names.delimiter = "|";
  options_.key = "Misérables";
  ASSERT_TRUE(Query().ok());
  EXPECT_THAT(out_.str(), HasSubstr("nearest to 'Misérables' (key 'b', id 1) among"));
  EXPECT_THAT(out_.str(), HasSubstr("rank  similarity        id  key  name\n"
                                    "   1      0.0000         0  a  Alpha\n"
                                    "   2      0.0000         2  c  Gamma\n"
                                    "   3      0.0000         4  e  \n"));
}

TEST_F(QueryCommandTest, WithoutVocabularyIdsAreTheKeys) {
  options_.checkpoint = "/keyless";
  options_.key = "0";
  options_.k = 1;
  ASSERT_TRUE(Query().ok());
  EXPECT_THAT(out_.str(), HasSubstr("table film has no vocabulary: key 0 is row 0\nThe rows nearest to"));
  EXPECT_THAT(out_.str(), HasSubstr("rank  similarity        id\n   1      1.0000         2\n"));
  options_.key.reset();
  options_.id = 0;
  ASSERT_TRUE(Query().ok());
  EXPECT_THAT(out_.str(), Not(HasSubstr("vocabulary"))) << "an id is what was asked for";
}

TEST_F(QueryCommandTest, ARowThatWasNeverTrainedHasNoNeighbours) {
  options_.key = "d";
  EXPECT_THAT(Problem(absl::StatusCode::kFailedPrecondition), HasSubstr("training never touched key 'd', id 3"));
}

TEST_F(QueryCommandTest, RefusesWhatIsNotThere) {
  EXPECT_THAT(Problem(absl::StatusCode::kInvalidArgument), HasSubstr("either --key or --id"));
  options_.id = 5;
  EXPECT_THAT(Problem(absl::StatusCode::kNotFound), HasSubstr("no row 5: its ids are 0 to 4"));
  options_.id.reset();
  options_.key = "A";
  EXPECT_THAT(Problem(absl::StatusCode::kNotFound), HasSubstr("did you mean 'a'?"));
  options_.k = 0;
  EXPECT_THAT(Problem(absl::StatusCode::kInvalidArgument), HasSubstr("-k must be at least 1, is 0"));
  options_.k = 1;
  options_.metric = "manhattan";
  EXPECT_THAT(Problem(absl::StatusCode::kInvalidArgument), HasSubstr("the metrics are: cosine, euclidean"));
  options_.metric = "cosine";
  options_.table = "films";
  EXPECT_THAT(Problem(absl::StatusCode::kNotFound), HasSubstr("film"));
}

}  // namespace
}  // namespace shoal
