#include "common/data/parse_number.h"

#include <string>

#include "gtest/gtest.h"

namespace shoal {
namespace {

std::string Error(const std::string& text) { return std::string(ParseNumber(text).status().message()); }

TEST(ParseNumberTest, NumbersAreRoundedToSinglePrecision) {
  EXPECT_EQ(ParseNumber("-1e-3").value(), -0.001F);
  EXPECT_EQ(ParseNumber(" 4.5 ").value(), 4.5F);
  EXPECT_EQ(ParseNumber("16777217").value(), 16777216);
}

TEST(ParseNumberTest, WhatIsNoFiniteNumberIsNamed) {
  EXPECT_EQ(Error(""), "'' is not a number");
  EXPECT_EQ(Error("1,5"), "'1,5' is not a number");
  EXPECT_EQ(Error("nan"), "'nan' is not a finite 32-bit number");
  EXPECT_EQ(Error("1e39"), "'1e39' is not a finite 32-bit number");
}

}  // namespace
}  // namespace shoal
