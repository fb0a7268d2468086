#include "launcher/log_tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LogTailTest, ReadsTheLastLines) {
  const TestDirectory directory;
  std::ofstream(directory / "log") << "one\ntwo\n\nfour\n";
  EXPECT_THAT(ReadLogTail(directory / "log", 3), ElementsAre("two", "", "four"));
  EXPECT_THAT(ReadLogTail(directory / "log", 9), ElementsAre("one", "two", "", "four"));
  EXPECT_EQ(DescribeLog(directory / "log", 1), "  last lines of " + (directory / "log") + ":\n  | four\n");
}

TEST(LogTailTest, AnUnfinishedLineCounts) {
  const TestDirectory directory;
  std::ofstream(directory / "log") << "one\ntwo";
  EXPECT_THAT(ReadLogTail(directory / "log", 1), ElementsAre("two"));
}

TEST(LogTailTest, AnEndlessLineIsCut) {
  const TestDirectory directory;
  std::ofstream(directory / "log") << std::string(1 << 20, 'x');
  ASSERT_EQ(ReadLogTail(directory / "log", 5).size(), 1u);
  EXPECT_EQ(ReadLogTail(directory / "log", 5)[0].size(), 64u << 10);
}

TEST(LogTailTest, NoLogIsNoLines) {
  const TestDirectory directory;
  EXPECT_THAT(ReadLogTail(directory / "absent", 5), IsEmpty());
  EXPECT_EQ(DescribeLog(directory / "absent", 5), "  its log is empty: " + (directory / "absent") + "\n");
}

}  // namespace
}  // namespace shoal
