#include "tests/integration/run_shoal.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/status/statusor.h"
#include "launcher/file_descriptor.h"

namespace shoal {
namespace {

void PollUntilReadable(std::vector<pollfd> fds) {
  while (poll(fds.data(), fds.size(), /*timeout=*/-1) < 0 && errno == EINTR) {
  }
}

// Of the lines of metrics.jsonl, the last of which may not be whole; 0: there is none.
uint64_t LastLoggedStep(const std::string& metrics) {
  const std::string key = "\"step\":";
  const size_t last_line_end = metrics.rfind('\n');
  if (last_line_end == std::string::npos) return 0;
  const size_t found = metrics.rfind(key, last_line_end);
  return std::strtoull(metrics.c_str() + found + key.size(), nullptr, 10);
}

}  // namespace

ShoalResult RunningShoal::Wait() {
  PollUntilReadable({{process_->fd(), POLLIN, 0}});
  const int status = process_->TakeExit().value();
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), ReadText(output_path_)};
}

bool RunningShoal::HasEnded() const {
  pollfd polled = {process_->fd(), POLLIN, 0};
  return poll(&polled, 1, 0) == 1;
}

bool RunningShoal::WaitForTraining(const std::string& directory, uint64_t step) {
  const FileDescriptor watch(inotify_init1(IN_CLOEXEC));
  EXPECT_GE(inotify_add_watch(watch.get(), directory.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO), 0);
  const std::string metrics = directory + "/metrics.jsonl";
  std::vector<char> events(64 << 10);
  while (LastLoggedStep(ReadText(metrics)) < step) {
    if (HasEnded()) return false;
    PollUntilReadable({{watch.get(), POLLIN, 0}, {process_->fd(), POLLIN, 0}});
    pollfd news = {watch.get(), POLLIN, 0};
    if (poll(&news, 1, 0) == 1) {
      EXPECT_GT(read(watch.get(), events.data(), events.size()), 0);
    }
  }
  return true;
}

ShoalWorkspace::ShoalWorkspace() {
  std::filesystem::create_directory(*this / "tmp");
  if (const char* tmpdir = getenv("TMPDIR")) earlier_tmpdir_ = tmpdir;
  setenv("TMPDIR", (*this / "tmp").c_str(), /*overwrite=*/1);
}

ShoalWorkspace::~ShoalWorkspace() {
  if (earlier_tmpdir_.empty()) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", earlier_tmpdir_.c_str(), /*overwrite=*/1);
  }
}

std::string ShoalWorkspace::WriteFile(const std::string& name, const std::string& contents) const {
  std::string path = *this / name;
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

RunningShoal ShoalWorkspace::Start(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {TestBinary("shoal")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::string output_path = NewPath("output");
  absl::StatusOr<std::unique_ptr<Process>> process = Process::Start({std::move(command), output_path});
  EXPECT_TRUE(process.ok()) << process.status();
  return RunningShoal(std::move(process).value(), std::move(output_path));
}

ShoalResult ShoalWorkspace::Run(const std::vector<std::string>& arguments) { return Start(arguments).Wait(); }

}  // namespace shoal
