#include "common/text/word_tokenizer.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Views of string literals.
std::vector<absl::string_view> Split(absl::string_view text) {
  const std::unique_ptr<Tokenizer> tokenizer = WordTokenizer::Create().value();
  TokenList list;
  list.tokens.push_back("left over");
  EXPECT_TRUE(tokenizer->Split(text, &list).ok());
  return list.tokens;
}

TEST(WordTokenizerTest, WordsNumbersAndMarksAreTokensWhiteSpaceIsNot) {
  EXPECT_THAT(Split("Win £1,000 now!!  Don't stop."),
              ElementsAre("Win", "£", "1,000", "now", "!", "!", "Don't", "stop", "."));
  EXPECT_THAT(Split("\u3000é\u00a0x\t"), ElementsAre("é", "x"));
  EXPECT_THAT(Split(" "), IsEmpty());
  EXPECT_THAT(Split(""), IsEmpty());
}

TEST(WordTokenizerTest, ACombiningMarkStaysWithItsLetter) { EXPECT_THAT(Split("e\u0301t"), ElementsAre("e\u0301t")); }

TEST(WordTokenizerTest, OneTokenizerSplitsManyTexts) {
  const std::unique_ptr<Tokenizer> tokenizer = WordTokenizer::Create().value();
  TokenList list;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(tokenizer->Split("a b", &list).ok());
    EXPECT_THAT(list.tokens, ElementsAre("a", "b"));
    ASSERT_TRUE(tokenizer->Split("c", &list).ok());
    EXPECT_THAT(list.tokens, ElementsAre("c"));
  }
}

}  // namespace
}  // namespace shoal
