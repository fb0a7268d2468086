#include "common/text/word_ngrams.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Ngrams(const std::vector<absl::string_view>& tokens, int longest) {
  std::vector<std::string> ngrams;
  std::string scratch = "left over";
  ForEachWordNgram(tokens, longest, &scratch, [&](absl::string_view ngram) { ngrams.emplace_back(ngram); });
  return ngrams;
}

TEST(WordNgramsTest, ShorterRunsComeFirstThenTheOrderOfTheText) {
  EXPECT_THAT(Ngrams({"a", "b", "c"}, 3), ElementsAre("a b", "b c", "a b c"));
  EXPECT_THAT(Ngrams({"a", "b", "c"}, 2), ElementsAre("a b", "b c"));
}

TEST(WordNgramsTest, ThereAreNoneLongerThanTheText) {
  EXPECT_THAT(Ngrams({"a", "b"}, 16), ElementsAre("a b"));
  EXPECT_THAT(Ngrams({"a"}, 2), IsEmpty());
  EXPECT_THAT(Ngrams({}, 2), IsEmpty());
  EXPECT_THAT(Ngrams({"a", "b"}, 1), IsEmpty());
}

}  // namespace
}  // namespace shoal
