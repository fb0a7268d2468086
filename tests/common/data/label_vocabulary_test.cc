#include "common/data/label_vocabulary.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::string> Sorted(const std::vector<std::string>& labels) {
  Vocabulary vocabulary;
  for (const std::string& label : labels) vocabulary.Add(label);
  const Vocabulary sorted = SortLabels(vocabulary);
  std::vector<std::string> keys;
  for (int64_t i = 0; i < sorted.size(); ++i) keys.push_back(sorted.key(static_cast<uint64_t>(i)));
  return keys;
}

TEST(LabelVocabularyTest, WholeNumbersSortByValue) {
  EXPECT_THAT(Sorted({"10", "9", "-2", "0", "-10", "123456789012345678901234567890", "2"}),
              ElementsAre("-10", "-2", "0", "2", "9", "10", "123456789012345678901234567890"));
}

TEST(LabelVocabularyTest, OthersSortByTheirBytesBehindNumbers) {
  EXPECT_THAT(Sorted({"spam", "ham", "Spam", "7", "\xc3\xa9", "-", "1.5", "-x"}),
              ElementsAre("7", "-", "-x", "1.5", "Spam", "ham", "spam", "\xc3\xa9"));
}

TEST(LabelVocabularyTest, TextsOfOneNumberAreLabelsOfTheirOwn) {
  EXPECT_THAT(Sorted({"2", "1", "02", "002"}), ElementsAre("1", "002", "02", "2"));
}

TEST(LabelVocabularyTest, TheOrderOfTheDataDoesNotCount) {
  const std::vector<std::string> sorted = {"-7", "-007", "-1", "-0", "0", "00", "1", "01", "10", "-a", "A", "a", "a1"};
  // Negative numbers of one value are in the order of their bytes too.
  const std::vector<std::string> expected = Sorted(sorted);
  std::vector<std::string> shuffled = sorted;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_THAT(Sorted(shuffled), ElementsAreArray(expected)) << "seed " << seed;
  }
}

TEST(LabelVocabularyTest, CountsComeFirst) {
  Vocabulary labels;
  for (const char* label : {"b", "10", "a", "9", "c"}) labels.Add(label);
  const Vocabulary sorted = SortLabels(labels, {2, 7, 2, 7, 30});
  std::vector<std::string> keys;
  for (int64_t i = 0; i < sorted.size(); ++i) keys.push_back(sorted.key(static_cast<uint64_t>(i)));
  EXPECT_THAT(keys, ElementsAre("c", "9", "10", "a", "b"));
}

TEST(LabelVocabularyTest, TheNameOfAFileHoldsThatOfTheColumn) { EXPECT_EQ("label.kind", LabelVocabularyName("kind")); }

}  // namespace
}  // namespace shoal
