#include "launcher/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "launcher/exit_codes.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(RunDirectoryTest, PathsAreAbsolute) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(RunDirectory("runs/a/").path(), here + "/runs/a");
  EXPECT_EQ(RunDirectory("/runs/../b").summary_file(), "/b/summary.json");
}

TEST(RunDirectoryTest, AFolderInUseIsRefused) {
  const TestDirectory directory;
  FileSystem& files = PosixFileSystem();
  EXPECT_TRUE(RunDirectory(directory / "new").CheckUnused(files).ok());
  EXPECT_TRUE(RunDirectory(directory.path()).CheckUnused(files).ok());
  std::ofstream(directory / "weights") << "precious";
  const absl::Status status = RunDirectory(directory.path()).CheckUnused(files);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory.path()));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--resume"));
  EXPECT_EQ(ExitCodeOf(status), kExitUsage);
}

TEST(RunDirectoryTest, OnlyAnEmptyFolderOrOneWithALockCanBeResumedWithoutACheckpoint) {
  const TestDirectory directory;
  FileSystem& files = PosixFileSystem();
  const RunDirectory run(directory.path());
  EXPECT_TRUE(RunDirectory(directory / "new").CheckUnusedOrRun(files).ok());
  EXPECT_TRUE(run.CheckUnusedOrRun(files).ok());
  std::ofstream(directory / "job.textproto") << "precious";
  const absl::Status status = run.CheckUnusedOrRun(files);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory.path() + " is not a run"));
  EXPECT_EQ(ExitCodeOf(status), kExitUsage);
  std::ofstream(run.lock_file()).flush();
  EXPECT_TRUE(run.CheckUnusedOrRun(files).ok());
  EXPECT_FALSE(run.CheckUnused(files).ok());
  std::filesystem::remove(directory / "job.textproto");
  EXPECT_TRUE(run.CheckUnused(files).ok()) << "a lock alone";
}

TEST(RunDirectoryTest, AFileIsNoFolder) {
  const TestDirectory directory;
  std::ofstream(directory / "file") << "precious";
  const RunDirectory run(directory / "file");
  for (const absl::Status& status : {run.CheckUnused(PosixFileSystem()), run.CheckUnusedOrRun(PosixFileSystem())}) {
    EXPECT_EQ(ExitCodeOf(status), kExitUsage);
    EXPECT_THAT(std::string(status.message()), HasSubstr("--output must be a folder"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(run.path()));
  }
}

TEST(RunDirectoryTest, TheDefaultNameHoldsTheJobAndTheTime) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time time = absl::FromCivil(absl::CivilSecond(2026, 1, 31, 23, 59, 58), utc);
  EXPECT_EQ(DefaultRunPath("ml-100k", time, utc), "runs/ml-100k-20260131-235958");
  EXPECT_EQ(DefaultRunPath("a/b c\n", time, utc), "runs/a_b_c_-20260131-235958");
}

TEST(RunDirectoryTest, AReplacedFileHasTheNewContentsAndNothingIsLeftBeside) {
  const TestDirectory directory;
  for (const char* text : {"first", "second"}) {
    ASSERT_TRUE(ReplaceFile(PosixFileSystem(), directory / "file", text).ok());
    EXPECT_EQ(ReadText(directory / "file"), text);
  }
  EXPECT_FALSE(std::filesystem::exists(directory / "file.tmp"));
}

}  // namespace
}  // namespace shoal
