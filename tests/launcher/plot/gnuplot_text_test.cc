#include "launcher/plot/gnuplot_text.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(GnuplotTextTest, QuotedTextStandsForItself) {
  EXPECT_EQ(GnuplotQuote("plain _^{}\\n"), "'plain _^{}\\n'");
  EXPECT_EQ(GnuplotQuote("Singin' in the Rain"), "'Singin'' in the Rain'");
}

// A line feed would end the command: the rest of the text would be another one.
TEST(GnuplotTextTest, QuotedTextCannotLeaveItsQuotes) {
  EXPECT_EQ(GnuplotQuote("'\nsystem('rm')\t"), "''' system(''rm'') '");
}

TEST(GnuplotTextTest, QuotedTextIsUtf8) { EXPECT_EQ(GnuplotQuote("Mis\xE9rables, é\xFF"), "'Mis?rables, é?'"); }

TEST(GnuplotTextTest, ColorsHaveSixDigits) { EXPECT_EQ(GnuplotColor(0x00A1FF), "'#00A1FF'"); }

TEST(GnuplotTextTest, TheEndingChoosesTheTerminal) {
  EXPECT_THAT(*BeginGnuplotScript({"a/plot.png", "a/plot.png.tmp", 300, 200}),
              AllOf(HasSubstr("set terminal pngcairo size 600,400 "), HasSubstr("set output 'a/plot.png.tmp'\n")));
  EXPECT_THAT(*BeginGnuplotScript({"plot.SVG", "x", 300, 200}), HasSubstr("set terminal svg size 300,200 "));
  const auto other = BeginGnuplotScript({"plot.pdf", "x", 300, 200});
  EXPECT_EQ(other.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("must end with .png or .svg"));
}

}  // namespace
}  // namespace shoal
