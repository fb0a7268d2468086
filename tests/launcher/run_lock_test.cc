#include "launcher/run_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "launcher/exit_codes.h"
#include "launcher/process.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(RunLockTest, ASecondHolderIsRefusedUntilTheFirstHasGone) {
  const TestDirectory directory;
  const RunDirectory run(directory / "new/run");
  {
    const absl::StatusOr<RunLock> first = RunLock::Take(PosixFileSystem(), run);
    ASSERT_TRUE(first.ok()) << first.status();
    const absl::Status second = RunLock::Take(PosixFileSystem(), run).status();
    EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(ExitCodeOf(second), kExitUsage);
    EXPECT_THAT(std::string(second.message()), HasSubstr(run.path() + " is in use"));
  }
  EXPECT_TRUE(RunLock::Take(PosixFileSystem(), run).ok());
}

TEST(RunLockTest, AChildDoesNotHoldTheLockOfItsParent) {
  const TestDirectory directory;
  const RunDirectory run(directory.path());
  absl::StatusOr<RunLock> lock = RunLock::Take(PosixFileSystem(), run);
  ASSERT_TRUE(lock.ok()) << lock.status();
  const auto child = Process::Start({{"/bin/sleep", "60"}, directory / "log"});
  ASSERT_TRUE(child.ok()) << child.status();
  lock = absl::CancelledError();  // Gives it up.
  EXPECT_TRUE(RunLock::Take(PosixFileSystem(), run).ok());
}

}  // namespace
}  // namespace shoal
