#include "common/pretrained/match_pretrained.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/pretrained/pretrained_rows.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class MatchPretrainedTest : public ::testing::Test {
 protected:
  MatchPretrainedTest() {
    for (const char* key : {"<pad>", "a", "b", "c"}) vocabulary_.Add(key);
    target_ = {
        .table = "words", .num_embeddings = 4, .embedding_dim = 1, .vocabulary = &vocabulary_, .may_be_missing = {}};
  }

  absl::StatusOr<PretrainedMatch> Match(const std::string& text, PretrainedRows rows, int64_t dim = 1,
                                        absl::optional<int64_t> num_rows = absl::nullopt) {
    PretrainedConfig config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
    FakeVectors vectors(std::move(rows), dim, num_rows);
    matched_.clear();
    return MatchPretrained(&vectors, config, target_, [&](uint64_t id, absl::Span<const float> vector) {
      EXPECT_TRUE(matched_.emplace(id, vector[0]).second) << "row " << id << " twice";
      return absl::OkStatus();
    });
  }

  Vocabulary vocabulary_;
  PretrainedTarget target_;
  std::map<uint64_t, float> matched_;
};

TEST_F(MatchPretrainedTest, ByRowEveryVectorGoesToTheRowOfItsNumber) {
  const auto match = Match("", {{{5}, {6}, {7}, {8}}, {}}, 1, 4);
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_THAT(matched_, ElementsAre(Pair(0, 5), Pair(1, 6), Pair(2, 7), Pair(3, 8)));
  EXPECT_EQ(4, match->num_matched);
  EXPECT_EQ(0, match->num_missing);
}

TEST_F(MatchPretrainedTest, ByWordVectorsGoToTheirKeysAndTheFirstOfAWordCounts) {
  const auto match = Match("match: BY_WORD missing: INITIALIZE", {{{5}, {6}, {7}, {8}}, {"c", "zebra", "a", "c"}});
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_THAT(matched_, ElementsAre(Pair(1, 7), Pair(3, 5)));
  EXPECT_EQ(2, match->num_matched);
  EXPECT_EQ(2, match->num_missing);
  EXPECT_EQ(1, match->num_unused);
  EXPECT_EQ(1, match->num_repeated);
}

TEST_F(MatchPretrainedTest, MissingRowsAreAnErrorThatListsThem) {
  EXPECT_EQ(
      "'fake.vec' has no vector for 3 of the 4 rows of table 'words': '<pad>', 'a', 'c'; `missing: INITIALIZE` "
      "begins them with the table's initializer",
      Match("match: BY_WORD", {{{5}}, {"b"}}).status().message());
  target_.num_embeddings = 9;
  EXPECT_EQ(
      "'fake.vec' has no vector for 8 of the 9 rows of table 'words': row 1, row 2, row 3, row 4, row 5, ...; "
      "`missing: INITIALIZE` begins them with the table's initializer",
      Match("", {{{5}}, {}}).status().message());
}

TEST_F(MatchPretrainedTest, RowsBehindTheVocabularyHaveNoKey) {
  target_.num_embeddings = 5;
  EXPECT_EQ(
      "'fake.vec' has no vector for 1 of the 5 rows of table 'words': row 4; `missing: INITIALIZE` begins them "
      "with the table's initializer",
      Match("match: BY_WORD", {{{5}, {6}, {7}, {8}}, {"<pad>", "a", "b", "c"}}).status().message());
}

TEST_F(MatchPretrainedTest, RowsThatMayBeMissingAreNoError) {
  const std::vector<uint64_t> padding = {0};
  target_.may_be_missing = padding;
  const auto match = Match("match: BY_WORD", {{{5}, {6}, {7}}, {"a", "b", "c"}});
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_EQ(1, match->num_missing);
}

TEST_F(MatchPretrainedTest, OtherDimensionsAreRefusedWithBoth) {
  EXPECT_EQ("'fake.vec' does not fit table 'words': its vectors have 2 numbers; the table's embedding_dim is 1",
            Match("", {{{5, 6}}, {}}, 2).status().message());
}

TEST_F(MatchPretrainedTest, MoreVectorsThanRowsAreRefused) {
  EXPECT_EQ("'fake.vec' does not fit table 'words': it has 5 rows; the table's num_embeddings is 4",
            Match("", {{{5}, {6}, {7}, {8}, {9}}, {}}, 1, 5).status().message());
  EXPECT_EQ("fake.vec:5: more vectors than the 4 rows of table 'words'",
            Match("", {{{5}, {6}, {7}, {8}, {9}}, {}}).status().message());
}

TEST_F(MatchPretrainedTest, WithoutWordsOrVocabularyThereIsNoMatchByWord) {
  EXPECT_EQ(
      "'fake.vec' does not fit table 'words': it has no words to match by; use `match: BY_ROW`, or a file with words",
      Match("match: BY_WORD", {{{5}}, {}}).status().message());
  target_.vocabulary = nullptr;
  EXPECT_EQ("'fake.vec' does not fit table 'words': the table has no vocabulary to match by; use `match: BY_ROW`",
            Match("match: BY_WORD", {{{5}}, {"a"}}).status().message());
}

TEST_F(MatchPretrainedTest, ErrorsOfFileAndSinkArePassedOn) {
  EXPECT_EQ(absl::StatusCode::kDataLoss, Match("missing: INITIALIZE", {{{5}}, {}}, 1, 2).status().code());
  FakeVectors vectors({{{5}}, {}}, 1);
  const auto match = MatchPretrained(&vectors, PretrainedConfig(), target_,
                                     [](uint64_t, absl::Span<const float>) { return absl::CancelledError("enough"); });
  EXPECT_EQ(absl::StatusCode::kCancelled, match.status().code());
}

}  // namespace
}  // namespace shoal
