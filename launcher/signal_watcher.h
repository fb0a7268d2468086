// SIGINT, SIGTERM and SIGHUP (the terminal is gone; not under nohup, which ignores it) as something to poll for,
// instead of an end of the process. Nor does writing to a pipe that nobody reads any more (SIGPIPE) end it meanwhile.
//
// Create it before the first thread: threads inherit the blocked signals. One at a time.
#ifndef SHOAL_LAUNCHER_SIGNAL_WATCHER_H_
#define SHOAL_LAUNCHER_SIGNAL_WATCHER_H_

#include <signal.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "launcher/file_descriptor.h"

namespace shoal {

class SignalWatcher {
 public:
  static absl::StatusOr<std::unique_ptr<SignalWatcher>> Create();
  // Gives the signals back their former effect; those that wait are dropped.
  ~SignalWatcher();

  // Readable while a signal waits to be taken.
  int fd() const { return fd_.get(); }
  // The number of the oldest signal that waits, if any.
  absl::optional<int> Take();

 private:
  SignalWatcher(FileDescriptor fd, const sigset_t& former_mask);

  const FileDescriptor fd_;
  const sigset_t former_mask_;
  struct sigaction former_pipe_action_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_SIGNAL_WATCHER_H_
