#include "common/optimizer/row_layout.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(RowLayoutTest, WideFieldsBeginAtMultiplesOf16Floats) {
  const RowLayout layout(50, {{"scalar", 1}, {"wide", 50}}, true);
  EXPECT_EQ(layout.segment(), 64);
  EXPECT_EQ(layout.field_offset(0), 64);
  EXPECT_EQ(layout.field_offset(1), 80);
  EXPECT_EQ(layout.last_step_offset(), 144);
  EXPECT_EQ(layout.row_floats(), 160);
}

TEST(RowLayoutTest, NarrowRowsArePacked) {
  const RowLayout layout(1, {{"exp_avg", 1}, {"exp_avg_sq", 1}}, true);
  EXPECT_EQ(layout.segment(), 1);
  EXPECT_EQ(layout.field_offset(0), 1);
  EXPECT_EQ(layout.field_offset(1), 2);
  EXPECT_EQ(layout.last_step_offset(), 3);
  EXPECT_EQ(layout.row_floats(), 16);
}

TEST(RowLayoutTest, ARowWithoutStateEndsWithItsSegment) {
  const RowLayout layout(64, {}, false);
  EXPECT_FALSE(layout.has_last_step());
  EXPECT_EQ(layout.row_floats(), 64);
}

TEST(RowLayoutTest, LastStepHoldsAllOf32Bits) {
  const RowLayout layout(5, {}, true);
  std::vector<float> row(layout.row_floats());
  EXPECT_EQ(layout.last_step(row.data()), 0u);
  // As a float this one would be a signalling NaN.
  layout.set_last_step(row.data(), 0xff800001u);
  EXPECT_EQ(layout.last_step(row.data()), 0xff800001u);
}

}  // namespace
}  // namespace shoal
