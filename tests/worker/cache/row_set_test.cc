#include "worker/cache/row_set.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RowSetTest, AreTakenOnceAndAscend) {
  RowSet rows(200);
  rows.Add({130, 5, 63, 64, 5, 199});
  EXPECT_THAT(rows.Take(100), ElementsAre(5, 63, 64, 130, 199));
  EXPECT_THAT(rows.Take(100), IsEmpty());
}

TEST(RowSetTest, SomeAtATime) {
  RowSet rows(200);
  rows.Add({199, 0, 1, 70});
  EXPECT_THAT(rows.Take(2), ElementsAre(0, 1));
  EXPECT_THAT(rows.Take(1), ElementsAre(70));
  EXPECT_THAT(rows.Take(0), IsEmpty());
  EXPECT_THAT(rows.Take(5), ElementsAre(199));
}

TEST(RowSetTest, ARowBeforeThoseTakenCanChangeAgain) {
  RowSet rows(500);
  rows.Add({400});
  EXPECT_THAT(rows.Take(1), ElementsAre(400));
  rows.Add({3});
  EXPECT_THAT(rows.Take(9), ElementsAre(3));
}

TEST(RowSetTest, ATableWithoutRowsHasNone) { EXPECT_THAT(RowSet(0).Take(1), IsEmpty()); }

}  // namespace
}  // namespace shoal
