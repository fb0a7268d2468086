#include "common/data/id_list.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class IdListTest : public testing::Test {
 protected:
  void Configure(const std::string& config) {
    config_.Clear();
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(config, &config_)) << config;
  }

  // Ids as the table numbers them, or the error.
  std::string Read(const std::string& field) {
    const absl::Status status = ReadIdList(field, config_, space_, &list_);
    if (!status.ok()) return std::string(status.message());
    return absl::StrJoin(list_.ids, " ", [this](std::string* out, const IdSpace::Lookup& lookup) {
      absl::StrAppend(out, space_.Take(lookup));
    });
  }

  IdListConfig config_;
  IdSpace space_ = IdSpace::Direct("items", 20);
  IdList list_;
};

TEST_F(IdListTest, IdsLieBetweenSeparators) {
  EXPECT_EQ(Read("3,17,5"), "3 17 5");
  EXPECT_EQ(Read("7"), "7");
  EXPECT_EQ(Read(" 7, 8"), "7 8");
  EXPECT_EQ(Read("2,2,2"), "2 2 2");
  EXPECT_THAT(list_.weights, IsEmpty());
  Configure("separator: '::'");
  EXPECT_EQ(Read("3::17"), "3 17");
}

TEST_F(IdListTest, AnEmptyFieldHasNoIds) {
  EXPECT_EQ(Read("1"), "1");
  EXPECT_EQ(Read(""), "");
  EXPECT_THAT(list_.ids, IsEmpty());
}

TEST_F(IdListTest, AnIdWithoutAWeightWeighsOne) {
  Configure("weight_separator: ':'");
  EXPECT_EQ(Read("3:0.5,17:-2,5"), "3 17 5");
  EXPECT_THAT(list_.weights, ElementsAre(0.5F, -2, 1));
  EXPECT_EQ(Read(""), "");
  EXPECT_THAT(list_.weights, IsEmpty());
}

TEST_F(IdListTest, StringIdsAreKeysAsTheyStand) {
  Configure("ids: STRING_ID separator: '|' weight_separator: ':'");
  space_ = IdSpace::Growing("items");
  EXPECT_EQ(Read("a b|c:d:0.5|a b| c"), "0 1 0 2");
  EXPECT_THAT(list_.weights, ElementsAre(1, 0.5F, 1, 1));
  EXPECT_EQ(space_.vocabulary().key(1), "c:d") << "the last separator counts";
  EXPECT_EQ(space_.vocabulary().key(2), " c");
}

TEST_F(IdListTest, IntegerIdsMayBeKeysOfAVocabulary) {
  space_ = IdSpace::Growing("items");
  EXPECT_EQ(Read("70,007,7"), "0 1 1");
}

TEST_F(IdListTest, BadIdsAreErrors) {
  EXPECT_EQ(Read("3,20,5"), "id 20 is out of range: table 'items' has num_embeddings 20, ids 0 to 19");
  EXPECT_EQ(Read("3,,5"), "the id is empty");
  EXPECT_EQ(Read("3,5,"), "the id is empty");
  EXPECT_EQ(Read("3;5"), "'3;5' is not a whole number");
  EXPECT_EQ(Read("3,-5"), "'-5' is negative");
  EXPECT_EQ(Read("3:0.5"), "'3:0.5' is not a whole number") << "a list without weights";
}

TEST_F(IdListTest, BadWeightsAreErrors) {
  Configure("weight_separator: ':'");
  EXPECT_EQ(Read("3:0.5,17:x"), "weight of id '17': 'x' is not a number");
  EXPECT_EQ(Read("3:"), "weight of id '3': '' is not a number");
  EXPECT_EQ(Read("3:nan"), "weight of id '3': 'nan' is not a finite 32-bit number");
  EXPECT_EQ(Read("3:inf"), "weight of id '3': 'inf' is not a finite 32-bit number");
  EXPECT_EQ(Read(":1"), "the id is empty");
}

TEST_F(IdListTest, AShapeSaysHowManyIdsThereAre) {
  Configure("shape: [2, 3]");
  EXPECT_EQ(Read("1,2,3,4,5,6"), "1 2 3 4 5 6");
  EXPECT_EQ(Read("1,2,3,4,5"), "the list has 5 ids, expected 6 for shape [2, 3]");
  EXPECT_EQ(Read("1,2,3,4,5,6,7"), "the list has 7 ids, expected 6 for shape [2, 3]");
  EXPECT_EQ(Read(""), "the list has 0 ids, expected 6 for shape [2, 3]");
}

TEST_F(IdListTest, ReadingAddsNoKey) {
  space_ = IdSpace::Growing("items");
  EXPECT_TRUE(ReadIdList("1,2", config_, space_, &list_).ok());
  EXPECT_EQ(space_.vocabulary().size(), 0);
}

}  // namespace
}  // namespace shoal
