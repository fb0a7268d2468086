#include "common/base/file_system.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/interruptible_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What every FileSystem must do, on the disk and in memory.
class FileSystemTest : public ::testing::TestWithParam<bool> {
 protected:
  FileSystemTest() : on_disk_(GetParam()) {
    if (on_disk_) {
      std::string pattern = (std::filesystem::temp_directory_path() / "file_system_test-XXXXXX").string();
      root_ = mkdtemp(pattern.data());
    } else {
      root_ = "/root";
      EXPECT_TRUE(memory_.CreateDirectories(root_).ok());
    }
  }
  ~FileSystemTest() override {
    if (on_disk_) std::filesystem::remove_all(root_);
  }

  FileSystem& files() { return on_disk_ ? PosixFileSystem() : memory_; }
  std::string Path(const std::string& name) const { return absl::StrCat(root_, "/", name); }
  std::string Contents(const std::string& name) {
    absl::StatusOr<std::string> contents = ReadFile(files(), Path(name), 1 << 20);
    return contents.ok() ? *contents : contents.status().ToString();
  }

 private:
  bool on_disk_;
  MemoryFileSystem memory_;
  std::string root_;
};

INSTANTIATE_TEST_SUITE_P(Implementations, FileSystemTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Posix" : "Memory"; });

TEST_P(FileSystemTest, AppendedBytesAreReadBackInOrder) {
  auto file = files().CreateFile(Path("a"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Append("one ").ok());
  EXPECT_TRUE((*file)->Append("").ok());
  EXPECT_TRUE((*file)->Append("two").ok());
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_TRUE((*file)->Close().ok());
  EXPECT_EQ(Contents("a"), "one two");
}

TEST_P(FileSystemTest, CreatingAnExistingFileEmptiesIt) {
  ASSERT_TRUE(WriteFile(files(), Path("a"), "long contents").ok());
  ASSERT_TRUE(WriteFile(files(), Path("a"), "x").ok());
  EXPECT_EQ(Contents("a"), "x");
}

TEST_P(FileSystemTest, RangesAreReadExactlyOrNotAtAll) {
  ASSERT_TRUE(WriteFile(files(), Path("a"), "0123456789").ok());
  auto file = files().OpenFile(Path("a"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->size(), 10u);
  std::string bytes(4, ' ');
  EXPECT_TRUE((*file)->Read(3, 4, bytes.data()).ok());
  EXPECT_EQ(bytes, "3456");
  const absl::Status status = (*file)->Read(7, 4, bytes.data());
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("a")));
}

TEST_P(FileSystemTest, ErrorsNameThePath) {
  const absl::Status open_status = files().OpenFile(Path("missing")).status();
  EXPECT_EQ(open_status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(open_status.message()), HasSubstr(Path("missing")));
  EXPECT_THAT(std::string(open_status.message()), HasSubstr("No such file or directory"));
  EXPECT_EQ(files().CreateFile(Path("no/such")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(files().Rename(Path("missing"), Path("b")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(files().ListDirectory(Path("missing")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(files().SyncDirectory(Path("missing")).code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(files().OpenFile(Path("")).ok()) << "a directory is no file";
}

TEST_P(FileSystemTest, DirectoriesAreCreatedWithParentsAndOnlyOnce) {
  EXPECT_TRUE(files().CreateDirectories(Path("a/b/c")).ok());
  EXPECT_TRUE(files().CreateDirectories(Path("a/b/c")).ok());
  EXPECT_TRUE(WriteFile(files(), Path("a/file"), "").ok());
  EXPECT_FALSE(files().CreateDirectories(Path("a/file")).ok());
  EXPECT_FALSE(files().CreateDirectories(Path("a/file/d")).ok());
  EXPECT_THAT(*files().ListDirectory(Path("a")), ElementsAre("b", "file"));
}

TEST_P(FileSystemTest, RenameReplacesFilesAndEmptyDirectoriesOnly) {
  ASSERT_TRUE(WriteFile(files(), Path("a"), "a").ok());
  ASSERT_TRUE(WriteFile(files(), Path("b"), "b").ok());
  EXPECT_TRUE(files().Rename(Path("a"), Path("b")).ok());
  EXPECT_EQ(Contents("b"), "a");
  ASSERT_TRUE(files().CreateDirectories(Path("full")).ok());
  ASSERT_TRUE(WriteFile(files(), Path("full/x"), "").ok());
  ASSERT_TRUE(files().CreateDirectories(Path("other")).ok());
  EXPECT_FALSE(files().Rename(Path("other"), Path("full")).ok());
  EXPECT_TRUE(files().Rename(Path("full"), Path("other")).ok());
  EXPECT_THAT(*files().ListDirectory(Path("")), ElementsAre("b", "other"));
}

TEST_P(FileSystemTest, TreesAreRemovedWholeAndRepeatedly) {
  ASSERT_TRUE(files().CreateDirectories(Path("a/b")).ok());
  ASSERT_TRUE(WriteFile(files(), Path("a/b/c"), "").ok());
  EXPECT_TRUE(*files().Exists(Path("a/b/c")));
  EXPECT_TRUE(files().RemoveTree(Path("a")).ok());
  EXPECT_FALSE(*files().Exists(Path("a")));
  EXPECT_TRUE(files().RemoveTree(Path("a")).ok());
}

TEST_P(FileSystemTest, LargeFilesAreNotReadIntoMemory) {
  ASSERT_TRUE(WriteFile(files(), Path("a"), "12345").ok());
  EXPECT_EQ(*ReadFile(files(), Path("a"), 5), "12345");
  EXPECT_EQ(ReadFile(files(), Path("a"), 4).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(PosixFileSystemTest, AFullDiskIsResourceExhausted) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "this system has no /dev/full";
  auto file = PosixFileSystem().CreateFile("/dev/full");
  ASSERT_TRUE(file.ok()) << file.status();
  const absl::Status status = (*file)->Append("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/dev/full"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("No space left"));
}

TEST(MemoryFileSystemTest, OnlySyncedBytesAndNamesSurviveACrash) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/d").ok());
  ASSERT_TRUE(WriteFile(files, "/d/a", "synced").ok());
  ASSERT_TRUE(files.SyncDirectory("/d").ok());
  ASSERT_TRUE(WriteFile(files, "/d/nameless", "synced").ok());
  auto file = files.CreateFile("/d/a");
  ASSERT_TRUE((*file)->Append("not synced").ok());
  files.Crash([] { return false; });
  EXPECT_THAT(*files.ListDirectory("/d"), ElementsAre("a"));
  EXPECT_EQ(*ReadFile(files, "/d/a", 100), "synced");
}

TEST(MemoryFileSystemTest, FailsFromTheChosenOperationOnAndTearsTheWrite) {
  MemoryFileSystem files;
  files.FailAfter(1);
  auto file = files.CreateFile("/a");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->Append("1234").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*file)->Append("5678").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(files.CreateDirectories("/d").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(*ReadFile(files, "/a", 100), "12");
}

TEST(MemoryFileSystemTest, AFullDiskTakesWhatFits) {
  MemoryFileSystem files;
  files.SetCapacity(6);
  ASSERT_TRUE(WriteFile(files, "/a", "1234").ok());
  EXPECT_EQ(WriteFile(files, "/b", "5678").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*ReadFile(files, "/b", 100), "56");
}

TEST(InterruptibleFilesTest, ReadsEndOnceTheyAreInterrupted) {
  MemoryFileSystem memory;
  ASSERT_TRUE(WriteFile(memory, "/a", "text").ok());
  int questions = 0;
  const auto interrupted = [&] { return ++questions == 2; };
  InterruptibleFiles files(memory, interrupted);
  EXPECT_EQ(*ReadFile(files, "/a", 10), "text");
  EXPECT_EQ(ReadFile(files, "/a", 10).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(*files.Exists("/a"));
}

}  // namespace
}  // namespace shoal
