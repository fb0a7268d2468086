#include "launcher/plot/gnuplot.h"

#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file_system.h"
#include "common/base/status_macros.h"
#include "launcher/log_tail.h"
#include "launcher/process.h"
#include "launcher/socket_directory.h"

namespace shoal {
namespace {

// env's, of a program that it does not find.
constexpr int kNotFound = 127;

absl::StatusOr<int> Wait(Process* process) {
  pollfd ended = {process->fd(), POLLIN, 0};
  while (poll(&ended, 1, /*timeout=*/-1) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "cannot wait for gnuplot");
  }
  return *process->TakeExit();
}

}  // namespace

absl::Status RunGnuplot(absl::string_view script) {
  SHOAL_ASSIGN_OR_RETURN(const auto directory, SocketDirectory::Create(TemporaryDirectory()));
  const std::string script_path = directory->path() + "/script";
  const std::string log_path = directory->path() + "/log";
  SHOAL_RETURN_IF_ERROR(WriteFile(PosixFileSystem(), script_path, script));
  SHOAL_ASSIGN_OR_RETURN(const auto process, Process::Start({{"/usr/bin/env", "gnuplot", script_path}, log_path}));
  SHOAL_ASSIGN_OR_RETURN(const int status, Wait(process.get()));
  if (status == 0) return absl::OkStatus();
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) {
    return absl::FailedPreconditionError("gnuplot, which draws, is not installed: apt-get install gnuplot-nox");
  }
  return absl::InternalError(
      absl::StrCat("gnuplot ", DescribeExit(status), ":\n", absl::StrJoin(ReadLogTail(log_path, /*lines=*/10), "\n")));
}

}  // namespace shoal
