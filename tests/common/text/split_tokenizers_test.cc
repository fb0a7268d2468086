#include "common/text/split_tokenizers.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Views of string literals.
std::vector<absl::string_view> Split(const Tokenizer& tokenizer, absl::string_view text) {
  TokenList list;
  list.tokens.push_back("left over");
  EXPECT_TRUE(tokenizer.Split(text, &list).ok());
  return list.tokens;
}

TEST(WholeTokenizerTest, TheTextIsTheToken) {
  EXPECT_THAT(Split(WholeTokenizer(), " New York "), ElementsAre(" New York "));
  EXPECT_THAT(Split(WholeTokenizer(), ""), IsEmpty());
}

TEST(WhitespaceTokenizerTest, TokensLieBetweenWhiteSpace) {
  const WhitespaceTokenizer tokenizer;
  EXPECT_THAT(Split(tokenizer, "a bc  d"), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(Split(tokenizer, "\t a\r\v"), ElementsAre("a"));
  EXPECT_THAT(Split(tokenizer, "你好\u3000世界\u00a0é\u2003x"), ElementsAre("你好", "世界", "é", "x"));
  EXPECT_THAT(Split(tokenizer, "zero\u200bwidth"), ElementsAre("zero\u200bwidth"));
  EXPECT_THAT(Split(tokenizer, " "), IsEmpty());
  EXPECT_THAT(Split(tokenizer, ""), IsEmpty());
}

TEST(CharacterTokenizerTest, FiveCharactersOfThreeKinds) {
  const auto tokens = Split(CharacterTokenizer(), "你好好嗎嗎");
  EXPECT_THAT(tokens, ElementsAre("你", "好", "好", "嗎", "嗎"));
  EXPECT_EQ(3u, std::set<absl::string_view>(tokens.begin(), tokens.end()).size());
}

TEST(CharacterTokenizerTest, EveryCodePointIsAToken) {
  EXPECT_THAT(Split(CharacterTokenizer(), "a é😀e\u0301"), ElementsAre("a", " ", "é", "😀", "e", "\u0301"));
  EXPECT_THAT(Split(CharacterTokenizer(), ""), IsEmpty());
}

}  // namespace
}  // namespace shoal
