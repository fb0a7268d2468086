#include "common/data/delimited_reader.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/text_source.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

ColumnConfig AtPosition(const std::string& name, int position) {
  ColumnConfig column;
  column.set_name(name);
  column.set_position(position);
  return column;
}

ColumnConfig UnderHeader(const std::string& name, const std::string& header = "") {
  ColumnConfig column;
  column.set_name(name);
  if (!header.empty()) column.set_header(header);
  return column;
}

absl::StatusOr<std::unique_ptr<DelimitedReader>> Open(const std::string& text, const std::string& delimiter,
                                                      bool header, const std::vector<ColumnConfig>& columns,
                                                      const std::string& delimiter_field = "") {
  auto lines = std::make_unique<LineReader>(std::make_unique<TextSource>(text), "file");
  RecordFormat format;
  format.delimiter = delimiter;
  format.delimiter_field = delimiter_field;
  format.header = header;
  format.columns = columns;
  return DelimitedReader::Create(std::move(lines), format, columns);
}

// One string a record: its place and its fields, or what is wrong with it.
std::vector<std::string> Records(const std::string& text, const std::string& delimiter, bool header,
                                 const std::vector<ColumnConfig>& columns) {
  const std::unique_ptr<DelimitedReader> reader = Open(text, delimiter, header, columns).value();
  std::vector<std::string> records;
  std::vector<absl::string_view> fields;
  while (reader->Next().value()) {
    const absl::Status status = reader->GetFields(&fields);
    records.push_back(reader->Location() + " " +
                      (status.ok() ? absl::StrJoin(fields, "|") : std::string(status.message())));
  }
  return records;
}

TEST(DelimitedReaderTest, FieldsAreTakenByPositionInTheOrderAskedFor) {
  EXPECT_THAT(Records("1\t2\t3\n4\t5\t6\n", "\t", false, {AtPosition("c", 2), AtPosition("a", 0)}),
              ElementsAre("file:1 3|1", "file:2 6|4"));
}

TEST(DelimitedReaderTest, FieldsAreTakenByHeaderWhereverTheyStand) {
  EXPECT_THAT(Records("x;item;User Id\n1;2;3\n", ";", true, {UnderHeader("user", "User Id"), UnderHeader("item")}),
              ElementsAre("file:2 3|2"));
}

TEST(DelimitedReaderTest, DelimitersMayHaveSeveralCharacters) {
  EXPECT_THAT(Records("1::2::3\n1:2::3:::4\n", "::", false, {AtPosition("a", 0), AtPosition("c", 2)}),
              ElementsAre("file:1 1|3", "file:2 1:2|:4"));
}

TEST(DelimitedReaderTest, EmptyFieldsAreFields) {
  EXPECT_THAT(Records("\t\t\n,\t", "\t", false, {AtPosition("a", 0), AtPosition("b", 1)}),
              ElementsAre("file:1 |", "file:2 ,|"));
}

TEST(DelimitedReaderTest, EmptyLinesArePassedOver) {
  EXPECT_THAT(Records("\n1\n\n2\n\n", "\t", false, {AtPosition("a", 0)}), ElementsAre("file:2 1", "file:4 2"));
}

TEST(DelimitedReaderTest, AMissingFieldIsNamedAndTheNextRecordIsStillRead) {
  EXPECT_THAT(Records("1\n2\t3\n", "\t", false, {AtPosition("a", 0), AtPosition("b", 1)}),
              ElementsAre("file:1 column b: field 2 is missing; the line has 1 field", "file:2 2|3"));
}

TEST(DelimitedReaderTest, QuotedFieldsOfCommaSeparatedFilesMayHoldCommasAndQuotes) {
  const std::vector<ColumnConfig> columns = {AtPosition("a", 0), AtPosition("b", 1)};
  EXPECT_THAT(Records("\"x, y\",\"say \"\"a\"\", \"\"b\"\"\"\n\"\",\"\"\"\"\n", ",", false, columns),
              ElementsAre("file:1 x, y|say \"a\", \"b\"", "file:2 |\""));
  EXPECT_THAT(Records("a \"b\",c\n", ",", false, columns), ElementsAre("file:1 a \"b\"|c"));
}

TEST(DelimitedReaderTest, QuotesMeanNothingUnderOtherDelimiters) {
  EXPECT_THAT(Records("\"a\t\"b\n", "\t", false, {AtPosition("a", 0), AtPosition("b", 1)}),
              ElementsAre("file:1 \"a|\"b"));
}

TEST(DelimitedReaderTest, BrokenQuotesAreErrorsOfTheRecord) {
  const std::vector<ColumnConfig> columns = {AtPosition("a", 0), AtPosition("b", 1)};
  EXPECT_THAT(Records("1,\"abc\n\"a\"b,2\n3,4\n", ",", false, columns),
              ElementsAre("file:1 field 2 has no closing quote", "file:2 field 1 goes on behind its closing quote",
                          "file:3 3|4"));
}

TEST(DelimitedReaderTest, AHeaderWithoutTheColumnNamesThoseThereAre) {
  const absl::Status status = Open("user,movie,rating\n", ",", true, {UnderHeader("item", "movieId")}).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_EQ("file:1: the header has no column 'movieId'; it has: 'user, movie, rating'", status.message());
}

TEST(DelimitedReaderTest, ALineOfOneFieldAsksForItsDelimiter) {
  EXPECT_EQ(
      "file:1: the header has no column 'movie'; it has: 'user\\tmovie', split at ','; is data.train.delimiter right?",
      Open("user\tmovie\n", ",", true, {UnderHeader("movie")}, "data.train.delimiter").status().message());
  const auto reader = Open("1\t2\n", ",", false, {AtPosition("b", 1)}, "--names_delimiter");
  ASSERT_TRUE((*reader)->Next().value());
  std::vector<absl::string_view> fields;
  EXPECT_EQ("column b: field 2 is missing; the line has 1 field, split at ','; is --names_delimiter right?",
            (*reader)->GetFields(&fields).message());
}

TEST(DelimitedReaderTest, ALongHeaderIsCutOff) {
  const absl::Status status = Open(std::string(100000, 'x'), ",", true, {UnderHeader("a")}).status();
  EXPECT_EQ("file:1: the header has no column 'a'; it has: '" + std::string(200, 'x') + "...'", status.message());
}

TEST(DelimitedReaderTest, AHeaderThatNamesAColumnTwiceIsRefused) {
  EXPECT_EQ("file:1: the header names 'a' twice", Open("a,b,a\n", ",", true, {UnderHeader("a")}).status().message());
}

TEST(DelimitedReaderTest, AnEmptyFileHasNoHeader) {
  EXPECT_EQ("'file' is empty; its first line should be a header",
            Open("", ",", true, {UnderHeader("a")}).status().message());
}

}  // namespace
}  // namespace shoal
