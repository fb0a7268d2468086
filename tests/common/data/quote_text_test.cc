#include "common/data/quote_text.h"

#include <string>

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(QuoteTextTest, TextIsShownAsItIsButControlCharacters) {
  EXPECT_EQ("'abc'", QuoteText("abc"));
  EXPECT_EQ("'a\\tb\\033'", QuoteText("a\tb\x1b"));
}

TEST(QuoteTextTest, LongTextIsCutOff) {
  EXPECT_EQ("'" + std::string(60, 'x') + "'", QuoteText(std::string(60, 'x')));
  EXPECT_EQ("'" + std::string(60, 'x') + "...'", QuoteText(std::string(61, 'x')));
  EXPECT_EQ("'abc...'", QuoteText("abcd", 3));
}

}  // namespace
}  // namespace shoal
