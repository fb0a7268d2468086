#include "common/data/byte_source.h"

#include <memory>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/packing.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::string> ReadAll(const std::string& path, size_t block_bytes = 1000) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(path);
  if (!source.ok()) return source.status();
  std::string text;
  std::string block(block_bytes, '\0');
  while (true) {
    const absl::StatusOr<size_t> got = (*source)->Read(block.data(), block.size());
    if (!got.ok()) return got.status();
    if (*got == 0) return text;
    text.append(block, 0, *got);
  }
}

// Larger than the buffers of the readers, both plain and packed.
std::string LongText() {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < 1000000) absl::StrAppend(&text, random(), "\n");
  return text;
}

TEST(ByteSourceTest, PlainFilesAreReadAsTheyAre) {
  const TestFiles files;
  for (const std::string& text : {std::string(), std::string("a"), std::string("abc"), LongText()}) {
    EXPECT_EQ(text, ReadAll(files.Write("plain", text)).value());
  }
}

TEST(ByteSourceTest, BlocksOfOneByteGiveTheSameBytes) {
  const TestFiles files;
  const std::string text = "some text of more than four bytes";
  EXPECT_EQ(text, ReadAll(files.Write("plain", text), 1).value());
  EXPECT_EQ(text, ReadAll(files.Write("gzip", Gzip(text)), 1).value());
  EXPECT_EQ(text, ReadAll(files.Write("zstd", Zstd(text)), 1).value());
}

TEST(ByteSourceTest, CompressedFilesAreRecognisedWhateverTheirName) {
  const TestFiles files;
  for (const std::string& text : {std::string(), std::string("a\n"), LongText()}) {
    EXPECT_EQ(text, ReadAll(files.Write("data.txt", Gzip(text))).value());
    EXPECT_EQ(text, ReadAll(files.Write("data.txt", Zstd(text))).value());
  }
}

TEST(ByteSourceTest, ConcatenatedMembersAndFramesAreOneText) {
  const TestFiles files;
  const std::string text = LongText();
  EXPECT_EQ(absl::StrCat(text, "b", text), ReadAll(files.Write("gzip", Gzip(text) + Gzip("b") + Gzip(text))).value());
  EXPECT_EQ(absl::StrCat("a", text), ReadAll(files.Write("gzip", Gzip("") + Gzip("a") + Gzip(text))).value());
  EXPECT_EQ(absl::StrCat(text, "b", text), ReadAll(files.Write("zstd", Zstd(text) + Zstd("b") + Zstd(text))).value());
  const std::string skippable("\x5a\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_EQ("a", ReadAll(files.Write("zstd", skippable + Zstd("a"))).value());
}

TEST(ByteSourceTest, EveryTruncationOfACompressedFileIsDataLossThatNamesIt) {
  const TestFiles files;
  for (const std::string& packed : {Gzip("some text, some text"), Zstd("some text, some text")}) {
    for (size_t size = 4; size < packed.size(); ++size) {
      const std::string path = files.Write("cut", packed.substr(0, size));
      const absl::Status status = ReadAll(path).status();
      ASSERT_EQ(absl::StatusCode::kDataLoss, status.code()) << size << " bytes: " << status;
      ASSERT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("'", path, "' is truncated"))) << size;
    }
  }
}

TEST(ByteSourceTest, DamageInsideIsDataLossThatNamesTheFile) {
  const TestFiles files;
  const std::string text = LongText();
  for (std::string packed : {Gzip(text), Zstd(text)}) {
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x10);
    const std::string path = files.Write("damaged", packed);
    const absl::Status status = ReadAll(path).status();
    EXPECT_EQ(absl::StatusCode::kDataLoss, status.code()) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

TEST(ByteSourceTest, BytesBehindTheCompressedDataAreDataLoss) {
  const TestFiles files;
  EXPECT_EQ(absl::StatusCode::kDataLoss, ReadAll(files.Write("gzip", Gzip("a") + "rubbish")).status().code());
  EXPECT_EQ(absl::StatusCode::kDataLoss, ReadAll(files.Write("zstd", Zstd("a") + "rubbish")).status().code());
}

TEST(ByteSourceTest, MissingFileIsNotFoundWithItsPath) {
  const absl::Status status = ReadAll("/nowhere/ratings.tsv").status();
  EXPECT_EQ(absl::StatusCode::kNotFound, status.code());
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot open '/nowhere/ratings.tsv'"));
}

TEST(ByteSourceTest, ADirectoryCannotBeRead) {
  const TestFiles files;
  const absl::Status status = ReadAll(files.directory()).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_THAT(std::string(status.message()), HasSubstr(files.directory() + "' is a folder, not a file"));
}

}  // namespace
}  // namespace shoal
