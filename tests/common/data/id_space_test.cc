#include "common/data/id_space.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

// The id, or what is wrong with the text.
std::string Id(IdSpace* space, const std::string& text, ColumnConfig::Type type) {
  const absl::StatusOr<IdSpace::Lookup> lookup = space->Find(text, type);
  return lookup.ok() ? absl::StrCat(space->Take(*lookup)) : std::string(lookup.status().message());
}

TEST(IdSpaceTest, DirectIdsStandForThemselvesBelowNumEmbeddings) {
  IdSpace space = IdSpace::Direct("users", 10);
  EXPECT_EQ("0", Id(&space, "0", ColumnConfig::INTEGER_ID));
  EXPECT_EQ("9", Id(&space, "9", ColumnConfig::INTEGER_ID));
  EXPECT_EQ("7", Id(&space, "007", ColumnConfig::INTEGER_ID));
  EXPECT_EQ("id 10 is out of range: table 'users' has num_embeddings 10, ids 0 to 9",
            Id(&space, "10", ColumnConfig::INTEGER_ID));
}

TEST(IdSpaceTest, WhatIsNoWholeNumberIsNoIntegerId) {
  IdSpace direct = IdSpace::Direct("users", 10);
  IdSpace growing = IdSpace::Growing("users");
  for (IdSpace* space : {&direct, &growing}) {
    EXPECT_EQ("the id is empty", Id(space, "", ColumnConfig::INTEGER_ID));
    EXPECT_EQ("'-1' is negative", Id(space, "-1", ColumnConfig::INTEGER_ID));
    EXPECT_EQ("'18446744073709551616' is too large", Id(space, "18446744073709551616", ColumnConfig::INTEGER_ID));
    for (const char* text : {"abc", "1.5", "1e3", "0x10", " ", "-", "--1", "1 2"}) {
      EXPECT_EQ(absl::StrCat("'", text, "' is not a whole number"), Id(space, text, ColumnConfig::INTEGER_ID));
    }
  }
  EXPECT_EQ(0, growing.vocabulary().size());
}

TEST(IdSpaceTest, NewKeysOfAGrowingSpaceGetTheNextId) {
  IdSpace space = IdSpace::Growing("users");
  EXPECT_EQ("0", Id(&space, "b", ColumnConfig::STRING_ID));
  EXPECT_EQ("1", Id(&space, "a", ColumnConfig::STRING_ID));
  EXPECT_EQ("0", Id(&space, "b", ColumnConfig::STRING_ID));
  EXPECT_EQ("the id is empty", Id(&space, "", ColumnConfig::STRING_ID));
  EXPECT_EQ(2, space.vocabulary().size());
}

TEST(IdSpaceTest, LabelsAreCountedAndIdsAreNot) {
  IdSpace labels = IdSpace::GrowingLabels();
  IdSpace ids = IdSpace::Growing("users");
  for (const char* text : {"b", "a", "b", "b"}) {
    Id(&labels, text, ColumnConfig::LABEL);
    Id(&ids, text, ColumnConfig::STRING_ID);
  }
  EXPECT_EQ((std::vector<int64_t>{3, 1}), labels.label_counts());
  EXPECT_TRUE(ids.label_counts().empty());
}

TEST(IdSpaceTest, FindAloneAddsNoKey) {
  const IdSpace space = IdSpace::Growing("users");
  EXPECT_EQ("a", space.Find("a", ColumnConfig::STRING_ID)->new_key);
  EXPECT_EQ(0, space.vocabulary().size());
}

TEST(IdSpaceTest, TextsOfOneWholeNumberAreOneKey) {
  IdSpace space = IdSpace::Growing("users");
  for (const char* text : {"7", "007", "+7", " 7 "}) EXPECT_EQ("0", Id(&space, text, ColumnConfig::INTEGER_ID));
  for (const char* text : {"0", "00"}) EXPECT_EQ("1", Id(&space, text, ColumnConfig::INTEGER_ID));
  EXPECT_EQ("7", space.vocabulary().key(0));
  EXPECT_EQ("0", space.vocabulary().key(1));
  EXPECT_EQ("2", Id(&space, "007", ColumnConfig::STRING_ID));
}

TEST(IdSpaceTest, AKnownSpaceRefusesOtherKeys) {
  Vocabulary vocabulary;
  vocabulary.Add("a");
  IdSpace space = IdSpace::Known("users", vocabulary);
  EXPECT_EQ("0", Id(&space, "a", ColumnConfig::STRING_ID));
  EXPECT_EQ("'b' is not one of the 1 keys of table 'users'", Id(&space, "b", ColumnConfig::STRING_ID));
}

TEST(IdSpaceTest, LabelsAreKeysOfTheirOwn) {
  IdSpace growing = IdSpace::GrowingLabels();
  EXPECT_EQ("0", Id(&growing, "07", ColumnConfig::LABEL));
  EXPECT_EQ("1", Id(&growing, "7", ColumnConfig::LABEL));
  EXPECT_EQ("the label is empty", Id(&growing, "", ColumnConfig::LABEL));
  EXPECT_TRUE(growing.is_growing());
  IdSpace known = IdSpace::KnownLabels(growing.TakeVocabulary());
  EXPECT_FALSE(known.is_growing());
  EXPECT_EQ("1", Id(&known, "7", ColumnConfig::LABEL));
  EXPECT_EQ("'8' is not one of the 2 labels of data.train", Id(&known, "8", ColumnConfig::LABEL));
}

}  // namespace
}  // namespace shoal
