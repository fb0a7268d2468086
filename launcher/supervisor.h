// The child processes of a job: starts them, waits for whatever happens first, and leaves none behind.
//
// Thread safety: external; use it from the main thread (see Process).
#ifndef SHOAL_LAUNCHER_SUPERVISOR_H_
#define SHOAL_LAUNCHER_SUPERVISOR_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "launcher/process.h"
#include "launcher/process_id.h"

namespace shoal {

// A process that has ended.
struct ProcessExit {
  ProcessId id;
  pid_t pid = 0;
  int wait_status = 0;
  std::string log_path;
};

// "worker 0 (pid 123) was killed by SIGSEGV", the remark, and the last 20 lines of its log.
std::string DescribeProcessExit(const ProcessExit& exit, absl::string_view remark = "");

class Supervisor {
 public:
  absl::Status Start(const ProcessId& id, const Process::Options& options);

  // Waits until a child ends, one of `fds` is readable, or the deadline, by SteadyNow, has passed. Returns the children
  // that have ended since the last call; where several have, those that a signal killed first: the others failed
  // because of them.
  absl::StatusOr<std::vector<ProcessExit>> Wait(absl::Span<const int> fds, absl::Time deadline);

  // SIGKILL to that one, whose end Wait tells. Nothing happens if it does not run.
  void Kill(const ProcessId& id);

  // SIGKILL to all, and waits for them; the destructor does the same. They have nothing to clean up, and ignore what
  // would ask them to end.
  void KillAll() { children_.clear(); }

  int num_running() const { return static_cast<int>(children_.size()); }
  // REQUIRES: the process was started.
  const std::string& log_path(const ProcessId& id) const;

 private:
  struct Child {
    ProcessId id;
    std::unique_ptr<Process> process;
  };
  struct Log {
    ProcessId id;
    std::string path;
  };
  std::vector<ProcessExit> TakeExits();

  std::vector<Child> children_;  // Those that run.
  std::vector<Log> logs_;        // Of all that were started.
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_SUPERVISOR_H_
