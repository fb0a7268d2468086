// A child process: started, watched, ended.
//
// The child runs in its own process group, so Ctrl-C at the terminal reaches the launcher alone, and dies by SIGKILL
// when the thread that started it ends, however that happens: start children from the main thread.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_PROCESS_H_
#define SHOAL_LAUNCHER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "launcher/file_descriptor.h"

namespace shoal {

class Process {
 public:
  struct Options {
    // Path of the executable, then its arguments.
    std::vector<std::string> command;
    // Takes standard output and standard error, appended. Standard input is empty.
    std::string log_path;
  };
  // An error names the executable or the log file; no process is left.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const Options& options);
  // Kills the process if it still runs.
  ~Process();

  pid_t pid() const { return pid_; }
  // A pidfd: readable once the process has ended.
  int fd() const { return pidfd_.get(); }

  // The wait status, once the process has ended; does not wait. Kills what the process left in its group.
  absl::optional<int> TakeExit();
  // Sends the signal to the process and its group. Nothing happens after TakeExit had a status.
  void Signal(int signal);

 private:
  Process(pid_t pid, FileDescriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  const pid_t pid_;
  FileDescriptor pidfd_;
  absl::optional<int> exit_;
};

// "exited with status 1", "was killed by SIGSEGV".
std::string DescribeExit(int wait_status);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PROCESS_H_
