// For tests that start child processes: a folder of their own, and news of processes that are nobody's children.
#ifndef SHOAL_TESTS_LAUNCHER_CHILD_TEST_UTIL_H_
#define SHOAL_TESTS_LAUNCHER_CHILD_TEST_UTIL_H_

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "launcher/file_descriptor.h"

namespace shoal {

// Beside the test: executables that it starts.
inline std::string TestBinary(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

// A folder that goes with the object.
class TestDirectory {
 public:
  TestDirectory() {
    std::string path = testing::TempDir() + "shoal-test-XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A FIFO through which processes say who they are; reading waits for them.
class PidFifo {
 public:
  explicit PidFifo(const std::string& path) : path_(path) { EXPECT_EQ(mkfifo(path.c_str(), 0600), 0); }
  const std::string& path() const { return path_; }
  std::vector<pid_t> Read(size_t count) const {
    std::vector<pid_t> pids;
    while (pids.size() < count) {
      std::ifstream file(path_);
      for (pid_t pid; file >> pid;) pids.push_back(pid);
    }
    return pids;
  }

 private:
  std::string path_;
};

inline FileDescriptor OpenPidfd(pid_t pid) { return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

// Waits for up to five seconds.
inline bool EndsWithinFiveSeconds(const FileDescriptor& pidfd) {
  pollfd polled = {pidfd.get(), POLLIN, 0};
  return !pidfd.valid() || poll(&polled, 1, 5000) == 1;
}

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace shoal

#endif  // SHOAL_TESTS_LAUNCHER_CHILD_TEST_UTIL_H_
