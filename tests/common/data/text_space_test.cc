#include "common/data/text_space.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TextSpace Growing(const std::string& config) {
  TextConfig text;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(config, &text)) << config;
  return TextSpace::Growing(text).value();
}

std::vector<uint64_t> Read(TextSpace* space, const std::string& text) {
  std::vector<uint64_t> ids;
  EXPECT_TRUE(space->Read(text, &ids).ok());
  return ids;
}

TEST(TextSpaceTest, TextsAreCountedThenNumbered) {
  TextSpace space = Growing("lowercase: true min_count: 2");
  EXPECT_THAT(Read(&space, "a B b"), IsEmpty());
  EXPECT_THAT(Read(&space, "A b c"), IsEmpty());
  ASSERT_TRUE(space.Freeze().ok());
  EXPECT_EQ(2, space.num_ids());
  EXPECT_THAT(Read(&space, "c b a x"), ElementsAre(0, 1));
  ASSERT_TRUE(space.Freeze().ok());  // Changes nothing.
  EXPECT_THAT(Read(&space, ""), IsEmpty());
}

TEST(TextSpaceTest, ThePaddingTokenStandsForNoToken) {
  TextSpace space = Growing("padding_token: 'PAD' unknown_token: 'UNK'");
  Read(&space, "a PAD a");
  ASSERT_TRUE(space.Freeze().ok());
  EXPECT_EQ("PAD", space.vocabulary().key(0));
  std::vector<uint64_t> ids = {0};  // Not of this text.
  ASSERT_TRUE(space.Read("PAD a b PAD", &ids).ok());
  EXPECT_THAT(ids, ElementsAre(0, 2, 1));
}

TEST(TextSpaceTest, HashBucketsAreRowsBehindTheKeys) {
  TextSpace space = Growing("word_ngrams: 2 hash_buckets: 10 hashed: NGRAMS");
  Read(&space, "a b");
  ASSERT_TRUE(space.Freeze().ok());
  EXPECT_EQ(2, space.vocabulary().size());
  EXPECT_EQ(12, space.num_ids());
  EXPECT_THAT(Read(&space, "a b"), ElementsAre(0, 1, testing::AllOf(testing::Ge(2u), testing::Lt(12u))));
}

TEST(TextSpaceTest, AKnownSpaceNumbersByItsVocabulary) {
  Vocabulary vocabulary;
  vocabulary.Add("x");
  vocabulary.Add("y");
  TextSpace space = TextSpace::Known(TextConfig(), vocabulary).value();
  EXPECT_THAT(Read(&space, "y z x"), ElementsAre(1, 0));
}

TEST(TextSpaceTest, ATextThatIsNoUtf8ChangesNothing) {
  TextSpace space = Growing("");
  std::vector<uint64_t> ids;
  EXPECT_EQ("byte 2 (0xfe) is not valid UTF-8", space.Read("a\xfe", &ids).message());
  Read(&space, "b");
  ASSERT_TRUE(space.Freeze().ok());
  EXPECT_EQ(1, space.num_ids());
}

}  // namespace
}  // namespace shoal
