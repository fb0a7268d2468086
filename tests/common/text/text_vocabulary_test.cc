#include "common/text/text_vocabulary.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/text/parse_text_config.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TextVocabulary Build(const std::string& config, const std::vector<std::string>& texts) {
  TextVocabularyBuilder builder = TextVocabularyBuilder::Create(ParseTextConfig(config)).value();
  for (const std::string& text : texts) EXPECT_TRUE(builder.Add(text).ok()) << text;
  return std::move(builder).Build();
}

std::vector<std::string> Keys(const TextVocabulary& built) {
  std::vector<std::string> keys;
  for (int64_t id = 0; id < built.vocabulary.size(); ++id) keys.push_back(built.vocabulary.key(id));
  return keys;
}

TEST(TextVocabularyTest, IdsGoByCountAndThenByFirstAppearance) {
  const TextVocabulary built = Build("", {"c b a", "b a d", "b"});
  EXPECT_THAT(Keys(built), ElementsAre("b", "a", "c", "d"));
  EXPECT_THAT(built.counts, ElementsAre(3, 2, 1, 1));
  EXPECT_EQ(3, built.num_texts);
  EXPECT_EQ(7, built.num_tokens);
  EXPECT_EQ(7, built.num_known_tokens);
  EXPECT_EQ(4, built.num_distinct);
}

TEST(TextVocabularyTest, FiveChineseCharactersHaveThreeIds) {
  EXPECT_THAT(Keys(Build("characters {}", {"你好好嗎嗎"})), ElementsAre("好", "嗎", "你"));
}

TEST(TextVocabularyTest, PaddingComesFirstAndTheUnknownTokenNext) {
  const TextVocabulary built = Build("padding_token: '<pad>' unknown_token: '<unk>' min_count: 2", {"a b a", "c"});
  EXPECT_THAT(Keys(built), ElementsAre("<pad>", "<unk>", "a"));
  EXPECT_THAT(built.counts, ElementsAre(0, 2, 2));
  EXPECT_EQ(2, built.num_known_tokens);
  EXPECT_EQ(3, built.num_distinct);
  EXPECT_THAT(Keys(Build("padding_token: 'P'", {})), ElementsAre("P"));
  EXPECT_THAT(Keys(Build("unknown_token: 'U'", {"a"})), ElementsAre("U", "a"));
}

TEST(TextVocabularyTest, SpecialTokensInTheTextHaveOneKey) {
  const TextVocabulary built = Build("padding_token: 'P' unknown_token: 'U'", {"P P a U U U"});
  EXPECT_THAT(Keys(built), ElementsAre("P", "U", "a"));
  EXPECT_THAT(built.counts, ElementsAre(2, 3, 1));
  EXPECT_EQ(3, built.num_known_tokens);
}

TEST(TextVocabularyTest, MaximumSizeCountsTheSpecialTokens) {
  const std::vector<std::string> texts = {"a a a b b c"};
  EXPECT_THAT(Keys(Build("max_size: 2", texts)), ElementsAre("a", "b"));
  EXPECT_THAT(Keys(Build("max_size: 2 unknown_token: 'U'", texts)), ElementsAre("U", "a"));
  EXPECT_THAT(Keys(Build("max_size: 100", texts)), ElementsAre("a", "b", "c"));
}

TEST(TextVocabularyTest, NgramsAreEntriesButNoTokens) {
  const TextVocabulary built = Build("word_ngrams: 2", {"a b a b"});
  EXPECT_THAT(Keys(built), ElementsAre("a", "b", "a b", "b a"));
  EXPECT_THAT(built.counts, ElementsAre(2, 2, 2, 1));
  EXPECT_EQ(4, built.num_tokens);
  EXPECT_EQ(4, built.num_known_tokens);
}

TEST(TextVocabularyTest, WhatIsHashedIsNotCounted) {
  EXPECT_THAT(Keys(Build("word_ngrams: 2 hash_buckets: 8 hashed: NGRAMS", {"a b"})), ElementsAre("a", "b"));
  EXPECT_THAT(Keys(Build("word_ngrams: 2 hash_buckets: 8 padding_token: 'P'", {"a b"})), ElementsAre("P"));
  const TextVocabulary built = Build("hash_buckets: 8", {"a b"});
  EXPECT_THAT(Keys(built), IsEmpty());
  EXPECT_EQ(2, built.num_tokens);
}

TEST(TextVocabularyTest, ABadTextChangesNothing) {
  TextVocabularyBuilder builder = TextVocabularyBuilder::Create(TextConfig()).value();
  ASSERT_TRUE(builder.Add("a").ok());
  EXPECT_EQ("byte 3 (0xff) is not valid UTF-8", builder.Add("b \xff").message());
  const TextVocabulary built = std::move(builder).Build();
  EXPECT_THAT(Keys(built), ElementsAre("a"));
  EXPECT_EQ(1, built.num_texts);
}

TEST(TextVocabularyTest, RandomTextsAreNumberedAsASortedCountSays) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  std::map<std::string, std::pair<int, int>> counts;  // To (-count, first appearance).
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (uint32_t j = random() % 20; j > 0; --j) {
      const std::string word = absl::StrCat("w", random() % 50 * (random() % 50));
      --counts.try_emplace(word, 0, static_cast<int>(counts.size())).first->second.first;
      absl::StrAppend(&text, word, " ");
    }
    texts.push_back(text);
  }
  std::vector<std::pair<std::pair<int, int>, std::string>> sorted;
  for (const auto& [word, order] : counts) sorted.push_back({order, word});
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> expected;
  for (const auto& [order, word] : sorted) expected.push_back(word);
  EXPECT_EQ(expected, Keys(Build("", texts)));
}

}  // namespace
}  // namespace shoal
