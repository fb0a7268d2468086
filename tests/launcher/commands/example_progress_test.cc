#include "launcher/commands/example_progress.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(ExampleProgressTest, ATerminalHasALineThatGoesAtTheEnd) {
  std::ostringstream err;
  {
    ExampleProgress progress(err, /*is_terminal=*/true, "embed", 100);
    EXPECT_TRUE(progress(10).ok());
  }
  EXPECT_EQ(err.str(), "\r\x1b[2Kembed: 10 of 100 examples\r\x1b[2K");
}

TEST(ExampleProgressTest, ElsewhereNothingIsShown) {
  std::ostringstream err;
  {
    ExampleProgress progress(err, /*is_terminal=*/false, "embed", 100);
    EXPECT_TRUE(progress(10).ok());
  }
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace shoal
