#include "common/pretrained/exact_reader.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/common/data/text_source.h"

namespace shoal {
namespace {

ExactReader Reader(const std::string& text, size_t piece_bytes) {
  return ExactReader(std::make_unique<TextSource>(text, piece_bytes), "x.npy");
}

TEST(ExactReaderTest, PiecesOfAnySizeGiveTheSameBytes) {
  for (size_t piece_bytes = 1; piece_bytes < 8; ++piece_bytes) {
    ExactReader reader = Reader("abcdefgh", piece_bytes);
    EXPECT_EQ("abc", reader.Read(3, "head").value());
    EXPECT_FALSE(reader.AtEnd().value());
    ASSERT_TRUE(reader.Skip(2, "gap").ok());
    EXPECT_EQ(5u, reader.position());
    EXPECT_EQ("fgh", reader.ReadOrEnd(3, "tail").value());
    EXPECT_TRUE(reader.AtEnd().value());
    EXPECT_EQ("", reader.ReadOrEnd(3, "tail").value());
    EXPECT_EQ("", reader.Read(0, "nothing").value());
  }
}

TEST(ExactReaderTest, ReadsMayBeLargerThanABlockOfTheFile) {
  std::string text;
  for (int i = 0; i < 1000000; ++i) text.push_back(static_cast<char>('a' + i % 23));
  ExactReader reader = Reader(text, 70000);
  EXPECT_EQ(text.substr(0, 10), reader.Read(10, "head").value());
  EXPECT_EQ(text.substr(10, 900000), reader.Read(900000, "rest").value());
}

TEST(ExactReaderTest, AnEndBeforeTheLastByteIsDataLossWithItsPlace) {
  ExactReader reader = Reader("abcdef", 4);
  ASSERT_TRUE(reader.Read(4, "head").ok());
  const absl::Status status = reader.Read(5, "row 0").status();
  EXPECT_EQ(absl::StatusCode::kDataLoss, status.code());
  EXPECT_EQ("'x.npy' is truncated: it ends at byte 6, in its row 0, of which 3 bytes are missing", status.message());
  EXPECT_EQ(absl::StatusCode::kDataLoss, Reader("ab", 4).ReadOrEnd(3, "row 0").status().code());
  EXPECT_EQ("'x.npy' is truncated: it ends at byte 2, in its gap, of which 1 bytes are missing",
            Reader("ab", 4).Skip(3, "gap").message());
}

TEST(ExactReaderTest, WhatIsAskedForButNotThereTakesNoMemory) {
  EXPECT_EQ(absl::StatusCode::kDataLoss, Reader("abc", 4).Read(size_t{1} << 60, "row 0").status().code());
}

}  // namespace
}  // namespace shoal
