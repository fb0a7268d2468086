#include "common/text/text_tokenizer.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/text/parse_text_config.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Tokens(const std::string& config, absl::string_view text) {
  const TextTokenizer tokenizer = TextTokenizer::Create(ParseTextConfig(config)).value();
  TokenList list;
  EXPECT_TRUE(tokenizer.Tokenize(text, &list).ok());
  return {list.tokens.begin(), list.tokens.end()};
}

TEST(TextTokenizerTest, TheConfigNamesTheTokenizer) {
  EXPECT_THAT(Tokens("", "A b"), ElementsAre("A", "b"));
  EXPECT_THAT(Tokens("whitespace {}", "A b"), ElementsAre("A", "b"));
  EXPECT_THAT(Tokens("characters {}", "A b"), ElementsAre("A", " ", "b"));
  EXPECT_THAT(Tokens("whole {}", "A b"), ElementsAre("A b"));
}

TEST(TextTokenizerTest, LowerCasingComesBeforeSplitting) {
  EXPECT_THAT(Tokens("lowercase: true", "ÄB Σ"), ElementsAre("äb", "σ"));
  // One code point becomes two.
  EXPECT_THAT(Tokens("lowercase: true characters {}", "İ"), ElementsAre("i", "\u0307"));
}

TEST(TextTokenizerTest, WhatIsNoUtf8IsRefusedWithItsByte) {
  for (const char* config : {"", "lowercase: true", "characters {}", "whole {}"}) {
    const TextTokenizer tokenizer = TextTokenizer::Create(ParseTextConfig(config)).value();
    TokenList list;
    EXPECT_EQ("byte 6 (0xff) is not valid UTF-8", tokenizer.Tokenize("é de\xff", &list).message()) << config;
    EXPECT_EQ("byte 2 is a line feed; a text is one line", tokenizer.Tokenize("a\nb", &list).message()) << config;
  }
}

TEST(TextTokenizerTest, FieldsOutOfRangeAndContradictionsAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"word_ngrams: 0", "word_ngrams must be within 1 to 16, is 0"},
      {"word_ngrams: 17", "word_ngrams must be within 1 to 16, is 17"},
      {"min_count: 0", "min_count must be at least 1, is 0"},
      {"max_size: 0", "max_size counts the padding and the unknown token and must be at least 1, is 0"},
      {"max_size: 2 unknown_token: 'u' padding_token: 'p'", "must be at least 3, is 2"},
      {"unknown_token: ''", "unknown_token is empty"},
      {"padding_token: 'a\\nb'", "padding_token holds a line feed"},
      {"unknown_token: 'x' padding_token: 'x'", "unknown_token and padding_token are both 'x'"},
      {"hash_buckets: -1", "hash_buckets must be within 0 to 1099511627776, is -1"},
      {"hash_buckets: 10 unknown_token: 'u'", "unknown_token contradicts hashed: EVERYTHING"},
      {"hash_buckets: 10 hashed: NGRAMS", "hashed: NGRAMS needs word_ngrams of 2 or more"},
      {"sentencepiece {}", "sentencepiece needs a model"}};
  for (const auto& [config, problem] : cases) {
    const absl::Status status = TextTokenizer::Create(ParseTextConfig(config)).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code()) << config;
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem)) << config;
  }
}

}  // namespace
}  // namespace shoal
