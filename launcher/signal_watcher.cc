#include "launcher/signal_watcher.h"

#include <sys/signalfd.h>

#include <cerrno>

#include "absl/status/status.h"

namespace shoal {
namespace {

bool IsIgnored(int signal) {
  struct sigaction action;
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SignalWatcher>> SignalWatcher::Create() {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  if (!IsIgnored(SIGHUP)) sigaddset(&watched, SIGHUP);
  sigset_t former_mask;
  if (const int error = pthread_sigmask(SIG_BLOCK, &watched, &former_mask)) {
    return absl::ErrnoToStatus(error, "pthread_sigmask");
  }
  FileDescriptor fd(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) {
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &former_mask, nullptr);
    return absl::ErrnoToStatus(error, "signalfd");
  }
  return std::unique_ptr<SignalWatcher>(new SignalWatcher(std::move(fd), former_mask));
}

SignalWatcher::SignalWatcher(FileDescriptor fd, const sigset_t& former_mask)
    : fd_(std::move(fd)), former_mask_(former_mask) {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &former_pipe_action_);
}

SignalWatcher::~SignalWatcher() {
  while (Take().has_value()) {
  }
  sigaction(SIGPIPE, &former_pipe_action_, nullptr);
  pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
}

absl::optional<int> SignalWatcher::Take() {
  signalfd_siginfo info;
  if (read(fd_.get(), &info, sizeof(info)) != sizeof(info)) return absl::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace shoal
