#include "common/data/line_reader.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/packing.h"
#include "tests/common/data/test_files.h"
#include "tests/common/data/text_source.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::StatusOr<std::vector<std::string>> Lines(LineReader* reader) {
  std::vector<std::string> lines;
  while (true) {
    const absl::StatusOr<bool> more = reader->Next();
    if (!more.ok()) return more.status();
    if (!*more) return lines;
    lines.emplace_back(reader->line());
  }
}

std::vector<std::string> LinesOf(const std::string& text, size_t piece_bytes = 1 << 20) {
  LineReader reader(std::make_unique<TextSource>(text, piece_bytes), "text");
  return Lines(&reader).value();
}

TEST(LineReaderTest, LinesEndWithLineFeedsOrTheFile) {
  EXPECT_THAT(LinesOf(""), IsEmpty());
  EXPECT_THAT(LinesOf("a"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\n"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(LinesOf("\n"), ElementsAre(""));
}

TEST(LineReaderTest, CarriageReturnsBeforeLineFeedsAreLeftOut) {
  EXPECT_THAT(LinesOf("a\r\n\r\nb\r"), ElementsAre("a", "", "b"));
  EXPECT_THAT(LinesOf("a\rb\n"), ElementsAre("a\rb"));
}

TEST(LineReaderTest, AByteOrderMarkIsLeftOutOfTheFirstLineOnly) {
  EXPECT_THAT(LinesOf("\xef\xbb\xbf"
                      "a\n\xef\xbb\xbf"
                      "b"),
              ElementsAre("a",
                          "\xef\xbb\xbf"
                          "b"));
}

TEST(LineReaderTest, PiecesOfAnySizeGiveTheSameLines) {
  for (size_t piece_bytes = 1; piece_bytes < 9; ++piece_bytes) {
    EXPECT_THAT(LinesOf("ab\r\n\ncde\nf", piece_bytes), ElementsAre("ab", "", "cde", "f")) << piece_bytes;
  }
}

TEST(LineReaderTest, LinesMayBeLongerThanABlockOfTheFile) {
  const std::string line(900000, 'x');
  EXPECT_THAT(LinesOf("a\n" + line + "\n" + line + "\nb", 65536), ElementsAre("a", line, line, "b"));
}

TEST(LineReaderTest, ALineThatIsTooLongIsAnErrorWithItsPlace) {
  for (const char* text : {"abc\nabcdef\n", "abc\nabcdef"}) {
    LineReader reader(std::make_unique<TextSource>(text), "long.tsv", /*max_line_bytes=*/5);
    ASSERT_TRUE(reader.Next().value());
    const absl::Status status = reader.Next().status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    EXPECT_EQ("long.tsv:2: the line is longer than 5 bytes", status.message());
  }
}

TEST(LineReaderTest, ALineWithoutEndDoesNotFillTheMemory) {
  class Endless : public ByteSource {
   public:
    absl::StatusOr<size_t> Read(char* data, size_t size) override {
      std::fill(data, data + size, 'x');
      bytes_ += size;
      if (bytes_ > 8 * LineReader::kMaxLineBytes) return absl::InternalError("the line is read on and on");
      return size;
    }

   private:
    size_t bytes_ = 0;
  };
  LineReader reader(std::make_unique<Endless>(), "endless");
  EXPECT_EQ("endless:1: the line is longer than 1048576 bytes", reader.Next().status().message());
}

TEST(LineReaderTest, LocationIsThatOfTheLine) {
  LineReader reader(std::make_unique<TextSource>("a\n\nb"), "x.csv");
  ASSERT_TRUE(reader.Next().value());
  EXPECT_EQ("x.csv:1", reader.Location());
  ASSERT_TRUE(reader.Next().value());
  ASSERT_TRUE(reader.Next().value());
  EXPECT_EQ("x.csv:3", reader.Location());
}

TEST(LineReaderTest, CompressedFilesHaveTheLinesOfTheirText) {
  const TestFiles files;
  for (const std::string& contents : {std::string("a\nb\n"), Gzip("a\nb\n"), Zstd("a\nb\n")}) {
    const std::unique_ptr<LineReader> reader = LineReader::Open(files.Write("lines", contents)).value();
    EXPECT_THAT(Lines(reader.get()).value(), ElementsAre("a", "b"));
  }
}

TEST(LineReaderTest, AnErrorOfTheSourceIsPassedOn) {
  const TestFiles files;
  const std::string packed = Gzip("a\nb\n");
  const auto reader = LineReader::Open(files.Write("cut", packed.substr(0, packed.size() - 1))).value();
  EXPECT_EQ(absl::StatusCode::kDataLoss, Lines(reader.get()).status().code());
}

}  // namespace
}  // namespace shoal
