#include "common/config/member_features.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Network ParseNetwork(const std::string& text) {
  Network network;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &network)) << text;
  return network;
}

constexpr char kNetwork[] = R"pb(
  features { id { column: "user" table: "user" } }
  features { dense { columns: "x" columns: "y" } }
  features { bag { column: "words" table: "word" mode: SUM } }
  features { image { column: "face" std: 2 } }
  members { columns: [ "user2", "x2", "y2", "words2", "face2" ] }
  members { columns: [ "user3", "x3" ] }
)pb";

TEST(MemberFeaturesTest, TheColumnsOfTheFeaturesAreListedInTheirOrder) {
  EXPECT_THAT(FeatureColumns(ParseNetwork(kNetwork)), ElementsAre("user", "x", "y", "words", "face"));
  EXPECT_THAT(FeatureColumns(Network()), IsEmpty());
}

TEST(MemberFeaturesTest, AMemberHasTheSameFeaturesOfOtherColumns) {
  const Network network = ParseNetwork(kNetwork);
  const auto features = MemberFeatures(network, 1);
  ASSERT_EQ(features.size(), 4);
  EXPECT_EQ(features[0].id().column(), "user2");
  EXPECT_EQ(features[0].id().table(), "user");
  EXPECT_THAT(features[1].dense().columns(), ElementsAre("x2", "y2"));
  EXPECT_EQ(features[2].bag().column(), "words2");
  EXPECT_EQ(features[2].bag().mode(), BagFeature::SUM);
  EXPECT_EQ(features[3].image().column(), "face2");
  EXPECT_EQ(features[3].image().std(), 2);
}

TEST(MemberFeaturesTest, TheFirstMemberIsTheFeaturesThemselves) {
  const Network network = ParseNetwork(kNetwork);
  EXPECT_EQ(MemberFeatures(network, 0)[2].bag().column(), "words");
}

TEST(MemberFeaturesTest, AColumnThatAMemberLacksIsEmpty) {
  const auto features = MemberFeatures(ParseNetwork(kNetwork), 2);
  EXPECT_THAT(features[1].dense().columns(), ElementsAre("x3", ""));
  EXPECT_EQ(features[3].image().column(), "");
}

TEST(MemberFeaturesTest, OnlyGivenTripletsAndPairsHaveFurtherMembers) {
  const auto further = [](const std::string& loss) { return NumFurtherMembers(ParseNetwork(loss).loss()); };
  EXPECT_EQ(further("loss { triplet { mining: GIVEN } }"), 2);
  EXPECT_EQ(further("loss { contrastive { mining: GIVEN } }"), 1);
  EXPECT_EQ(further("loss { triplet {} }"), 0);
  EXPECT_EQ(further("loss { contrastive {} }"), 0);
  EXPECT_EQ(further("loss { softmax_cross_entropy {} }"), 0);
}

}  // namespace
}  // namespace shoal
