#include "launcher/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "launcher/log_tail.h"

namespace shoal {
namespace {

constexpr int kLogTailLines = 20;
// poll() counts in int milliseconds; an endless deadline wakes once an hour.
constexpr absl::Duration kLongestPoll = absl::Hours(1);

int PollMilliseconds(absl::Time deadline) {
  const absl::Duration left = std::clamp(deadline - SteadyNow(), absl::ZeroDuration(), kLongestPoll);
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))));
}

}  // namespace

std::string DescribeProcessExit(const ProcessExit& exit, absl::string_view remark) {
  return absl::StrCat(ProcessTitle(exit.id), " (pid ", exit.pid, ") ", DescribeExit(exit.wait_status), remark, "\n",
                      DescribeLog(exit.log_path, kLogTailLines));
}

absl::Status Supervisor::Start(const ProcessId& id, const Process::Options& options) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Process> process, Process::Start(options));
  children_.push_back({id, std::move(process)});
  logs_.push_back({id, options.log_path});
  return absl::OkStatus();
}

void Supervisor::Kill(const ProcessId& id) {
  for (const Child& child : children_) {
    if (child.id == id) child.process->Signal(SIGKILL);
  }
}

absl::StatusOr<std::vector<ProcessExit>> Supervisor::Wait(absl::Span<const int> fds, absl::Time deadline) {
  std::vector<pollfd> polled;
  polled.reserve(children_.size() + fds.size());
  for (const Child& child : children_) polled.push_back({child.process->fd(), POLLIN, 0});
  for (const int fd : fds) polled.push_back({fd, POLLIN, 0});
  if (poll(polled.data(), polled.size(), PollMilliseconds(deadline)) < 0 && errno != EINTR) {
    return absl::ErrnoToStatus(errno, "poll");
  }
  return TakeExits();
}

std::vector<ProcessExit> Supervisor::TakeExits() {
  std::vector<ProcessExit> exits;
  std::vector<Child> running;
  for (Child& child : children_) {
    const absl::optional<int> status = child.process->TakeExit();
    if (status.has_value()) {
      exits.push_back({child.id, child.process->pid(), *status, log_path(child.id)});
    } else {
      running.push_back(std::move(child));
    }
  }
  children_ = std::move(running);
  std::stable_partition(exits.begin(), exits.end(),
                        [](const ProcessExit& exit) { return WIFSIGNALED(exit.wait_status); });
  return exits;
}

const std::string& Supervisor::log_path(const ProcessId& id) const {
  return std::find_if(logs_.begin(), logs_.end(), [&](const Log& log) { return log.id == id; })->path;
}

}  // namespace shoal
