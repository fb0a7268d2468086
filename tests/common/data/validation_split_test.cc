#include "common/data/validation_split.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> Validation(const ValidationSplit& split, int64_t num_examples) {
  std::vector<int64_t> examples;
  for (int64_t i = 0; i < num_examples; ++i) {
    if (split.IsValidation(i)) examples.push_back(i);
  }
  return examples;
}

TEST(ValidationSplitTest, TheNumberIsTheRoundedFraction) {
  EXPECT_EQ(20000, ValidationSplit(100000, 0.2, 1).num_validation());
  EXPECT_EQ(1, ValidationSplit(2, 0.25, 1).num_validation());
  EXPECT_EQ(0, ValidationSplit(2, 0.2, 1).num_validation());
  EXPECT_EQ(2, ValidationSplit(2, 0.9, 1).num_validation());
}

TEST(ValidationSplitTest, AsManyAreTakenAsPromised) {
  for (const int64_t num_examples : {1, 2, 10, 999, 100000}) {
    const ValidationSplit split(num_examples, 0.3, 17);
    EXPECT_EQ(split.num_validation(), static_cast<int64_t>(Validation(split, num_examples).size()));
  }
}

// Other programs reproduce splits: these must stay as they are.
TEST(ValidationSplitTest, TheSplitOfASeedStaysAsItIs) {
  EXPECT_THAT(Validation(ValidationSplit(100, 0.07, 9), 100), ElementsAre(2, 23, 37, 45, 83, 85, 89));
}

TEST(ValidationSplitTest, TheSeedChangesTheSplit) {
  EXPECT_NE(Validation(ValidationSplit(100, 0.2, 1), 100), Validation(ValidationSplit(100, 0.2, 2), 100));
}

}  // namespace
}  // namespace shoal
