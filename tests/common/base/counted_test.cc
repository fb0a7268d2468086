#include "common/base/counted.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(CountedTest, OnlyOneIsSingular) {
  EXPECT_EQ(Counted(0, "worker"), "0 workers");
  EXPECT_EQ(Counted(1, "worker"), "1 worker");
  EXPECT_EQ(Counted(2, "parameter server"), "2 parameter servers");
  EXPECT_EQ(Counted(int64_t{10000000000000}, "row"), "10000000000000 rows");
}

}  // namespace
}  // namespace shoal
