// Against a file that gensim wrote (tests/reference/pretrained).
#include "common/pretrained/word2vec_binary.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/text_source.h"
#include "tests/common/pretrained/pretrained_rows.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kOne[] = "\x00\x00\x80\x3f";  // 1.0f.
constexpr char kTwo[] = "\x00\x00\x00\x40";  // 2.0f.

std::string Bytes(const char* number) { return std::string(number, 4); }

absl::StatusOr<PretrainedRows> Read(const std::string& bytes) {
  auto vectors = Word2vecBinary::Open(std::make_unique<TextSource>(bytes, 7), "x.bin");
  if (!vectors.ok()) return vectors.status();
  EXPECT_TRUE((*vectors)->has_words());
  return ReadAllRows(vectors->get());
}

TEST(Word2vecBinaryTest, WordsAndNumbersAreThoseThatGensimWrote) {
  const PretrainedRows rows = Read(ReferenceFile("word2vec.bin")).value();
  EXPECT_EQ(ReferenceRows().words, rows.words);
  EXPECT_EQ(BitsOf(ReferenceRows().vectors), BitsOf(rows.vectors));
}

TEST(Word2vecBinaryTest, ALineFeedMayFollowEveryRow) {
  const PretrainedRows rows = Read("2 1\nthe " + Bytes(kOne) + "\nof " + Bytes(kTwo) + "\n").value();
  EXPECT_THAT(rows.words, ElementsAre("the", "of"));
  EXPECT_THAT(rows.vectors, ElementsAre(ElementsAre(1), ElementsAre(2)));
}

TEST(Word2vecBinaryTest, MoreAndFewerRowsThanTheFirstLineSaysAreRefused) {
  EXPECT_EQ("'x.bin' is truncated: it has 1 rows; its header says 2",
            Read("2 1\nthe " + Bytes(kOne) + "\n").status().message());
  EXPECT_EQ("x.bin: row 1, word 'of': more rows follow than the 1 that the header says",
            Read("1 1\nthe " + Bytes(kOne) + "of " + Bytes(kTwo)).status().message());
}

TEST(Word2vecBinaryTest, WordsWithoutEndAndWithoutBytesAreRefused) {
  EXPECT_EQ("'x.bin', row 0, byte 5: the word is empty", Read("1 1\n " + Bytes(kOne)).status().message());
  EXPECT_THAT(std::string(Read("1 1\n" + std::string(1 << 17, 'x')).status().message()),
              HasSubstr("'x.bin', row 0, byte 65540: no space ends the word 'xxx"));
  EXPECT_THAT(std::string(Read("1 1\nthe").status().message()),
              HasSubstr("is truncated: it ends at byte 7, in its word"));
}

TEST(Word2vecBinaryTest, AFirstLineWithoutEndIsRefused) {
  EXPECT_THAT(std::string(Read(std::string(1000, '1')).status().message()), HasSubstr("x.bin:1: the first line of"));
  EXPECT_EQ(absl::StatusCode::kDataLoss, Read("1 1").status().code());
  EXPECT_EQ(absl::StatusCode::kDataLoss, Read("").status().code());
}

TEST(Word2vecBinaryTest, NumbersThatAreNotFiniteAreRefusedWithTheirWord) {
  EXPECT_EQ("x.bin: row 0, word 'the': number 1 of 1 is inf, not finite as a float32",
            Read("1 1\nthe " + std::string("\x00\x00\x80\x7f", 4)).status().message());
}

}  // namespace
}  // namespace shoal
