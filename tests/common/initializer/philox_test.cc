#include "common/initializer/philox.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

// The known answers that Random123 publishes for philox4x32 with 10 rounds.
TEST(PhiloxTest, GivesTheKnownAnswers) {
  EXPECT_THAT(Philox(0, 0, 0), ElementsAre(0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U));
  constexpr uint64_t kOnes = ~uint64_t{0};
  EXPECT_THAT(Philox(kOnes, kOnes, kOnes), ElementsAre(0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU));
  EXPECT_THAT(Philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
              ElementsAre(0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U));
}

TEST(PhiloxTest, EveryWordOfKeyAndPositionCounts) {
  const PhiloxBlock base = Philox(1, 2, 3);
  for (int bit = 0; bit < 64; ++bit) {
    const uint64_t flip = uint64_t{1} << bit;
    EXPECT_NE(Philox(1 ^ flip, 2, 3), base);
    EXPECT_NE(Philox(1, 2 ^ flip, 3), base);
    EXPECT_NE(Philox(1, 2, 3 ^ flip), base);
  }
}

}  // namespace
}  // namespace shoal
