// Against files that gensim wrote (tests/reference/pretrained).
#include "common/pretrained/text_vectors.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/text_source.h"
#include "tests/common/pretrained/pretrained_rows.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Layout = TextVectors::Layout;

absl::StatusOr<PretrainedRows> Read(const std::string& text, Layout layout) {
  auto vectors =
      TextVectors::Open(std::make_unique<LineReader>(std::make_unique<TextSource>(text, 7), "x.txt"), layout);
  if (!vectors.ok()) return vectors.status();
  EXPECT_TRUE((*vectors)->has_words());
  return ReadAllRows(vectors->get());
}

std::string Problem(const std::string& text, Layout layout) {
  return std::string(Read(text, layout).status().message());
}

TEST(TextVectorsTest, WordsAndNumbersAreThoseThatGensimWrote) {
  const PretrainedRows expected = ReferenceRows();
  const std::vector<std::pair<std::string, Layout>> cases = {{"word2vec.vec", Layout::kWord2vec},
                                                             {"word2vec.vec", Layout::kByFirstLine},
                                                             {"glove.txt", Layout::kGlove},
                                                             {"glove.txt", Layout::kByFirstLine}};
  for (const auto& [name, layout] : cases) {
    const absl::StatusOr<PretrainedRows> rows = Read(ReferenceFile(name), layout);
    ASSERT_TRUE(rows.ok()) << name << ": " << rows.status();
    EXPECT_EQ(expected.words, rows->words) << name;
    EXPECT_EQ(BitsOf(expected.vectors), BitsOf(rows->vectors)) << name;
  }
}

TEST(TextVectorsTest, WordsMayHoldBlanksAndNumbers) {
  const PretrainedRows rows = Read("the 1 2\n. . . 3 4\nroom 12 5 6\n1999 7 8\n", Layout::kGlove).value();
  EXPECT_THAT(rows.words, ElementsAre("the", ". . .", "room 12", "1999"));
  EXPECT_THAT(rows.vectors, ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4), ElementsAre(5, 6), ElementsAre(7, 8)));
  EXPECT_THAT(Read("new york 1 2\n", Layout::kGlove).value().words, ElementsAre("new york"));
}

TEST(TextVectorsTest, BlanksAtTheEndTabsAndEmptyLinesArePassedOver) {
  const PretrainedRows rows = Read("2 2\r\na\t1  2 \r\n\nb 3 4 \n\n", Layout::kWord2vec).value();
  EXPECT_THAT(rows.words, ElementsAre("a", "b"));
  EXPECT_THAT(rows.vectors, ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4)));
}

TEST(TextVectorsTest, MoreAndFewerRowsThanTheFirstLineSaysAreRefused) {
  EXPECT_EQ("'x.txt' is truncated: it has 1 rows; its header says 2", Problem("2 1\na 1\n", Layout::kWord2vec));
  EXPECT_EQ("x.txt:3: more rows follow than the 1 that the header says", Problem("1 1\na 1\nb 2\n", Layout::kWord2vec));
}

TEST(TextVectorsTest, LinesThatAreNoRowsAreRefusedWithTheirNumber) {
  EXPECT_EQ("x.txt:2: the line should end with 3 numbers; 'b' is none", Problem("a 1 2 3\nb 1 2\n", Layout::kGlove));
  EXPECT_EQ("x.txt:2: the line should end with 2 numbers; it has 1", Problem("a 1 2\n7\n", Layout::kGlove));
  EXPECT_EQ("x.txt:2: the line should end with 2 numbers; 'x2' is none", Problem("a 1 2\nb 1 x2\n", Layout::kGlove));
  EXPECT_EQ("x.txt:2: no word stands in front of the 2 numbers", Problem("a 1 2\n3 4\n", Layout::kGlove));
  EXPECT_EQ("x.txt:2: number 1 of 2 is nan, not finite as a float32", Problem("a 1 2\nb nan 1\n", Layout::kGlove));
  EXPECT_EQ("x.txt:2: number 2 of 2 is inf, not finite as a float32", Problem("a 1 2\nb 1 1e39\n", Layout::kGlove));
}

TEST(TextVectorsTest, AFirstLineThatIsNoneIsRefused) {
  EXPECT_EQ("'x.txt' is empty; it should hold vectors", Problem("", Layout::kGlove));
  EXPECT_EQ("x.txt:1: the line should be a word and 1 to 16384 numbers, and has 0: 'a b c'",
            Problem("a b c\n", Layout::kGlove));
  EXPECT_THAT(Problem("a 1 2\n", Layout::kWord2vec), HasSubstr("x.txt:1: the first line of a word2vec file"));
}

}  // namespace
}  // namespace shoal
