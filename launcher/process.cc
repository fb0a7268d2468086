#include "launcher/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

// What the child tells the parent when it does not get to its executable.
struct StartFailure {
  char step[16];
  int error;
};

// Everything that the child needs, made before the fork: after it, in a process that had threads, only
// async-signal-safe calls are allowed.
struct ChildPlan {
  std::vector<char*> argv;  // Ends with null.
  int log_fd;
  int null_fd;
  int failure_fd;
  pid_t parent;
};

[[noreturn]] void Fail(const ChildPlan& plan, const char* step) {
  StartFailure failure = {};
  failure.error = errno;
  strncpy(failure.step, step, sizeof(failure.step) - 1);
  // The parent reads "started" from a pipe that closes without a word, so a lost report is the worst that can happen.
  [[maybe_unused]] const ssize_t written = write(plan.failure_fd, &failure, sizeof(failure));
  _exit(127);
}

// What asks a job to end is the launcher's to act on: a batch system or service manager may send it to every process of
// the job, and those that ended at once would take with them what a checkpoint is still to save.
void ResetSignals() {
  signal(SIGPIPE, SIG_DFL);
  for (const int asks_to_end : {SIGINT, SIGTERM, SIGHUP}) signal(asks_to_end, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void RunChild(const ChildPlan& plan) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Fail(plan, "prctl");
  // The parent may have died before prctl: then no signal will come.
  if (getppid() != plan.parent) _exit(127);
  if (setpgid(0, 0) != 0) Fail(plan, "setpgid");
  ResetSignals();
  if (dup2(plan.null_fd, STDIN_FILENO) < 0 || dup2(plan.log_fd, STDOUT_FILENO) < 0 ||
      dup2(plan.log_fd, STDERR_FILENO) < 0) {
    Fail(plan, "dup2");
  }
  // Libraries do not all open their files with O_CLOEXEC.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  execv(plan.argv[0], plan.argv.data());
  Fail(plan, "exec");
}

// Waits until the child runs its executable or has said why not.
absl::Status AwaitStart(FileDescriptor failures, const std::string& executable) {
  StartFailure failure;
  ssize_t bytes;
  do {
    bytes = read(failures.get(), &failure, sizeof(failure));
  } while (bytes < 0 && errno == EINTR);
  if (bytes == 0) return absl::OkStatus();
  if (bytes != sizeof(failure)) return absl::InternalError(absl::StrCat("cannot start ", executable));
  return absl::ErrnoToStatus(failure.error, absl::StrCat("cannot start ", executable, ": ", failure.step));
}

void Reap(pid_t pid, int* status) {
  while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const Options& options) {
  FileDescriptor log(open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", options.log_path));
  FileDescriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.valid()) return absl::ErrnoToStatus(errno, "cannot open /dev/null");
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  FileDescriptor failures(pipe_fds[0]);
  FileDescriptor failure_writer(pipe_fds[1]);

  std::vector<std::string> command = options.command;
  ChildPlan plan{{}, log.get(), null.get(), failure_writer.get(), getpid()};
  for (std::string& argument : command) plan.argv.push_back(argument.data());
  plan.argv.push_back(nullptr);

  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) RunChild(plan);
  failure_writer.Close();
  const absl::Status started = AwaitStart(std::move(failures), command[0]);
  if (!started.ok()) {
    Reap(pid, nullptr);
    return started;
  }
  FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    const int error = errno;
    kill(-pid, SIGKILL);
    Reap(pid, nullptr);
    return absl::ErrnoToStatus(error, "pidfd_open (Linux 5.3 or newer is needed)");
  }
  return std::unique_ptr<Process>(new Process(pid, std::move(pidfd)));
}

Process::~Process() {
  if (exit_.has_value()) return;
  Signal(SIGKILL);
  Reap(pid_, nullptr);
}

absl::optional<int> Process::TakeExit() {
  if (exit_.has_value()) return exit_;
  siginfo_t info = {};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) {
    return absl::nullopt;
  }
  // What the process started itself ends with it. Until the process is reaped, its group's number is nobody else's.
  Signal(SIGKILL);
  int status = 0;
  Reap(pid_, &status);
  exit_ = status;
  return exit_;
}

void Process::Signal(int signal) {
  if (!exit_.has_value()) kill(-pid_, signal);
}

std::string DescribeExit(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return absl::StrCat("exited with status ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  return absl::StrCat("was killed by ", name == nullptr ? absl::StrCat("signal ", signal) : absl::StrCat("SIG", name),
                      WCOREDUMP(wait_status) ? " (core dumped)" : "");
}

}  // namespace shoal
