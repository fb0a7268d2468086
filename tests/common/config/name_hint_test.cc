#include "common/config/name_hint.h"

#include "gtest/gtest.h"
#include "proto/job.pb.h"

namespace shoal {
namespace {

const std::vector<std::string>& Names() {
  static const auto& names = *new std::vector<std::string>{"epochs", "batch_size", "drop_last"};
  return names;
}

TEST(NameHintTest, FindsMisspellings) {
  EXPECT_EQ(NearestName("epoch", Names()), "epochs");
  EXPECT_EQ(NearestName("batchsize", Names()), "batch_size");
  EXPECT_EQ(NearestName("bacth_size", Names()), "batch_size");
  EXPECT_EQ(NearestName("DropLast", Names()), "drop_last");
}

TEST(NameHintTest, DoesNotGuessWhereNothingIsNear) {
  EXPECT_EQ(NearestName("momentum", Names()), "");
  EXPECT_EQ(NearestName("", Names()), "");
  EXPECT_EQ(NearestName(std::string(10000, 'e'), Names()), "");
}

TEST(NameHintTest, ListsTheAlternatives) {
  EXPECT_EQ(NameHint("epoch", "fields", Names()),
            "did you mean 'epochs'? (the fields are: epochs, batch_size, drop_last)");
  EXPECT_EQ(NameHint("x", "fields", Names()), "the fields are: epochs, batch_size, drop_last");
  EXPECT_EQ(NameHint("x", "tables", {}), "there are no tables");
}

TEST(NameHintTest, NamesComeInTheOrderOfTheProto) {
  EXPECT_EQ(FieldNames(*Feature::descriptor()), (std::vector<std::string>{"column", "table"}));
  EXPECT_EQ(ValueNames(*RowSemantics_descriptor()), (std::vector<std::string>{"LAZY", "DENSE_EQUIVALENT"}));
}

}  // namespace
}  // namespace shoal
