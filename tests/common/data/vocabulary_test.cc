#include "common/data/vocabulary.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

TEST(VocabularyTest, KeysGetIdsInOrderOfFirstAppearance) {
  Vocabulary vocabulary;
  EXPECT_EQ(0u, vocabulary.Add("b"));
  EXPECT_EQ(1u, vocabulary.Add("a"));
  EXPECT_EQ(0u, vocabulary.Add("b"));
  EXPECT_EQ(2, vocabulary.size());
  EXPECT_EQ("a", vocabulary.key(1));
  EXPECT_EQ(1u, vocabulary.Find("a"));
  EXPECT_FALSE(vocabulary.Find("c").has_value());
}

TEST(VocabularyTest, WhatIsWrittenIsReadBack) {
  const TestFiles files;
  Vocabulary vocabulary;
  for (const char* key : {"7", "Müller", " spaced ", "ends in CR\r", "tab\t", "\xff\xfe"}) vocabulary.Add(key);
  vocabulary.Add(std::string("nul\0byte", 8));
  const std::string path = files.Path("users.txt");
  ASSERT_TRUE(vocabulary.Write(path).ok());
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  const Vocabulary read = Vocabulary::Read(path).value();
  ASSERT_EQ(vocabulary.size(), read.size());
  for (uint64_t id = 0; id < static_cast<uint64_t>(read.size()); ++id) {
    EXPECT_EQ(vocabulary.key(id), read.key(id));
    EXPECT_EQ(id, read.Find(vocabulary.key(id)));
  }
}

TEST(VocabularyTest, TheFileHasOneKeyALine) {
  const TestFiles files;
  Vocabulary vocabulary;
  vocabulary.Add("b");
  vocabulary.Add("a");
  ASSERT_TRUE(vocabulary.Write(files.Path("v")).ok());
  std::stringstream text;
  text << std::ifstream(files.Path("v")).rdbuf();
  EXPECT_EQ("b\na\n", text.str());
}

TEST(VocabularyTest, AKeyThatStandsTwiceIsRefusedWithItsPlaces) {
  const TestFiles files;
  const std::string path = files.Write("v", "x\ny\nx\n");
  const absl::Status status = Vocabulary::Read(path).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_EQ(path + ":3: key 'x' stands in line 1 already", status.message());
}

TEST(VocabularyTest, ACutOffFileIsRefused) {
  const TestFiles files;
  const std::string path = files.Write("v", "one\ntw");
  EXPECT_EQ(path + ":2: key 'tw' is cut off: no line feed ends it", Vocabulary::Read(path).status().message());
}

TEST(VocabularyTest, AMissingFileIsNotFound) {
  EXPECT_EQ(absl::StatusCode::kNotFound, Vocabulary::Read("/nowhere/v").status().code());
}

TEST(VocabularyTest, AFolderThatIsMissingCannotBeWrittenTo) {
  EXPECT_EQ(absl::StatusCode::kNotFound, Vocabulary().Write("/nowhere/v").code());
}

}  // namespace
}  // namespace shoal
