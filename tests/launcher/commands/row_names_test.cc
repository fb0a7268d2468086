#include "launcher/commands/row_names.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class RowNamesTest : public ::testing::Test {
 protected:
  absl::StatusOr<absl::flat_hash_map<std::string, std::string>> Read(absl::string_view contents) {
    options_.file = files_.Write("names", contents);
    return ReadRowNames(options_);
  }

  std::string Problem(absl::string_view contents) {
    const auto names = Read(contents);
    EXPECT_EQ(names.status().code(), absl::StatusCode::kInvalidArgument) << names.status();
    return std::string(names.status().message());
  }

  TestFiles files_;
  RowNamesOptions options_;
};

TEST_F(RowNamesTest, NamesStandBehindTheirKeys) {
  const auto names = Read("1\tToy Story (1995)\tComedy\n2\tGoldenEye (1995)\n1\tagain\n");
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, UnorderedElementsAre(Pair("1", "Toy Story (1995)"), Pair("2", "GoldenEye (1995)")));
}

TEST_F(RowNamesTest, ColumnsAndDelimiterCanBeChosen) {
  options_.delimiter = "::";
  options_.key_position = 2;
  options_.name_position = 0;
  const auto names = Read("Heat::1995::7\n");
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, UnorderedElementsAre(Pair("7", "Heat")));
}

TEST_F(RowNamesTest, WhatIsNotUtf8IsLatin1) {
  const auto names = Read("1\tMis\xE9rables, Les\n2\tMisérables, Les\n3\t\xFF\n");
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, UnorderedElementsAre(Pair("1", "Misérables, Les"), Pair("2", "Misérables, Les"), Pair("3", "ÿ")));
}

TEST_F(RowNamesTest, AMissingFieldIsReportedWithItsLine) {
  EXPECT_THAT(Problem("1\tone\n2\n"), HasSubstr("names:2: "));
}

TEST_F(RowNamesTest, RefusesOptionsThatMeanNothing) {
  options_.name_position = -1;
  EXPECT_THAT(Problem("1\tone\n"), HasSubstr("that of the name is -1"));
  options_.delimiter = "";
  EXPECT_THAT(Problem("1\tone\n"), HasSubstr("--names_delimiter is empty"));
}

}  // namespace
}  // namespace shoal
