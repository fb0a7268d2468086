#include "common/base/byte_size.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ByteSizeTest, TakesTheLargestUnitThatGivesAtLeastOne) {
  EXPECT_EQ(ByteSize(0), "0 B");
  EXPECT_EQ(ByteSize(1023), "1023 B");
  EXPECT_EQ(ByteSize(1024), "1.0 KiB");
  EXPECT_EQ(ByteSize(1536), "1.5 KiB");
  EXPECT_EQ(ByteSize(int64_t{32} << 20), "32.0 MiB");
  EXPECT_EQ(ByteSize(85017755648), "79.2 GiB");
  EXPECT_EQ(ByteSize(int64_t{5} << 50), "5120.0 TiB");
}

TEST(ByteSizeTest, NeverShowsAThousandTwentyFourOfAUnitThatHasALargerOne) {
  EXPECT_EQ(ByteSize((int64_t{1} << 20) - 1), "1.0 MiB");
  EXPECT_EQ(ByteSize(int64_t{1023} << 20), "1023.0 MiB");
}

}  // namespace
}  // namespace shoal
