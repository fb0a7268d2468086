#include "common/text/text_encoder.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/hash.h"
#include "common/text/text_vocabulary.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/text/parse_text_config.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TextEncoder EncoderOf(const std::string& text, const std::vector<std::string>& texts) {
  const TextConfig config = ParseTextConfig(text);
  TextVocabularyBuilder builder = TextVocabularyBuilder::Create(config).value();
  for (const std::string& each : texts) EXPECT_TRUE(builder.Add(each).ok());
  return TextEncoder::Create(config, std::move(builder).Build().vocabulary).value();
}

std::vector<uint64_t> Encode(const TextEncoder& encoder, absl::string_view text) {
  TextEncoder::Scratch scratch;
  std::vector<uint64_t> ids;
  EXPECT_TRUE(encoder.Encode(text, &scratch, &ids).ok());
  return ids;
}

TEST(TextEncoderTest, TokensBecomeTheIdsOfTheirKeys) {
  const TextEncoder encoder = EncoderOf("characters {}", {"你好好嗎嗎"});
  EXPECT_EQ(3, encoder.num_ids());
  EXPECT_THAT(Encode(encoder, "你好好嗎嗎"), ElementsAre(2, 0, 0, 1, 1));
  EXPECT_THAT(Encode(encoder, ""), IsEmpty());
}

TEST(TextEncoderTest, UnknownTokensBecomeTheUnknownTokenOrNothing) {
  EXPECT_THAT(Encode(EncoderOf("", {"a b"}), "b x a"), ElementsAre(1, 0));
  const TextEncoder encoder = EncoderOf("unknown_token: 'U' padding_token: 'P'", {"a b"});
  EXPECT_THAT(Encode(encoder, "b x a"), ElementsAre(3, 1, 2));
  EXPECT_EQ(0u, encoder.padding_id());
}

TEST(TextEncoderTest, KnownNgramsFollowTheTokensAndUnknownOnesAreLeftOut) {
  const TextEncoder encoder = EncoderOf("word_ngrams: 2 unknown_token: 'U' lowercase: true", {"a b c"});
  // U, a, b, c, "a b", "b c".
  EXPECT_THAT(Encode(encoder, "A B x B C"), ElementsAre(1, 2, 0, 2, 3, 4, 5));
}

TEST(TextEncoderTest, WithoutVocabularyEveryEntryHasABucket) {
  const TextEncoder encoder = EncoderOf("word_ngrams: 2 hash_buckets: 1000 padding_token: 'P'", {"ignored"});
  EXPECT_EQ(1001, encoder.num_ids());
  // The ids of checkpoints: never to change. XXH3-64 as xxhsum -H3 prints it.
  EXPECT_THAT(Encode(encoder, "a b"),
              ElementsAre(1 + Hash64("a") % 1000, 1 + Hash64("b") % 1000, 1 + Hash64("a b") % 1000));
  EXPECT_EQ(0xe6c632b61e964e1fu, Hash64("a"));
  EXPECT_THAT(Encode(encoder, "P"), ElementsAre(0));
}

TEST(TextEncoderTest, NgramBucketsLieBehindTheVocabulary) {
  const TextEncoder encoder = EncoderOf("word_ngrams: 3 hash_buckets: 7 hashed: NGRAMS", {"a b"});
  EXPECT_EQ(2 + 7, encoder.num_ids());
  // The n-grams of words that are unknown have buckets too.
  EXPECT_THAT(Encode(encoder, "a x b"),
              ElementsAre(0, 1, 2 + Hash64("a x") % 7, 2 + Hash64("x b") % 7, 2 + Hash64("a x b") % 7));
}

TEST(TextEncoderTest, IdsAreAppendedAndABadTextAddsNone) {
  const TextEncoder encoder = EncoderOf("", {"a"});
  TextEncoder::Scratch scratch;
  std::vector<uint64_t> ids = {9};
  ASSERT_TRUE(encoder.Encode("a", &scratch, &ids).ok());
  EXPECT_EQ("byte 3 (0x80) is not valid UTF-8", encoder.Encode("a \x80", &scratch, &ids).message());
  EXPECT_THAT(ids, ElementsAre(9, 0));
}

TEST(TextEncoderTest, AVocabularyWithoutTheSpecialTokensIsRefused) {
  Vocabulary vocabulary;
  vocabulary.Add("a");
  for (const char* config : {"unknown_token: 'U'", "padding_token: 'U'"}) {
    const absl::Status status = TextEncoder::Create(ParseTextConfig(config), vocabulary).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    EXPECT_THAT(std::string(status.message()), HasSubstr("the vocabulary of 1 keys lacks the"));
  }
}

}  // namespace
}  // namespace shoal
