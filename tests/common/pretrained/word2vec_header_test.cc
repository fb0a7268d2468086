#include "common/pretrained/word2vec_header.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(Word2vecHeaderTest, TwoWholeNumbersAreRowsAndDimension) {
  for (const char* line : {"3 50", " 3\t50 "}) {
    EXPECT_TRUE(LooksLikeWord2vecHeader(line)) << line;
    const auto header = ParseWord2vecHeader("v.vec", line);
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_EQ(3, header->num_rows);
    EXPECT_EQ(50, header->dim);
  }
}

TEST(Word2vecHeaderTest, AnythingElseIsRefusedWithTheLine) {
  for (const char* line : {"", "3", "the 50", "3 0.5", "3 50 1", "99999999999999999999 1"}) {
    EXPECT_FALSE(LooksLikeWord2vecHeader(line)) << line;
    EXPECT_FALSE(ParseWord2vecHeader("v.vec", line).ok()) << line;
  }
  EXPECT_EQ(
      "v.vec:1: the first line of a word2vec file is its number of rows and of numbers a row, this one is 'the 5'",
      ParseWord2vecHeader("v.vec", "the 5").status().message());
}

TEST(Word2vecHeaderTest, ShapesThatNoTableHasAreRefused) {
  EXPECT_FALSE(ParseWord2vecHeader("v.vec", "-1 50").ok());
  EXPECT_FALSE(ParseWord2vecHeader("v.vec", "3 0").ok());
  EXPECT_FALSE(ParseWord2vecHeader("v.vec", "3 1000000").ok());
}

}  // namespace
}  // namespace shoal
