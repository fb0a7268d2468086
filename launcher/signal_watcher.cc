#include "launcher/signal_watcher.h"

#include <sys/signalfd.h>

#include <cerrno>

#include "absl/status/status.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<SignalWatcher>> SignalWatcher::Create() {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
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

SignalWatcher::~SignalWatcher() { pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr); }

absl::optional<int> SignalWatcher::Take() {
  signalfd_siginfo info;
  if (read(fd_.get(), &info, sizeof(info)) != sizeof(info)) return absl::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace shoal
