// A child process that does what its first argument says: exit CODE, crash, hang, spawn, print LINES.
// Those that hang first open the FIFO named by the last argument and write their pids to it, a line each.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

void Announce(const char* fifo, pid_t pid) {
  FILE* file = std::fopen(fifo, "w");
  if (file == nullptr) std::abort();
  std::fprintf(file, "%d\n", static_cast<int>(pid));
  std::fclose(file);
}

[[noreturn]] void Hang() {
  while (true) pause();
}

int PrintLines(int lines) {
  for (int i = 1; i <= lines; ++i) std::printf("line %d\n", i);
  std::fflush(stdout);
  std::fprintf(stderr, "error output\n");
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string action = argc > 1 ? argv[1] : "";
  const char* last = argc > 2 ? argv[argc - 1] : "";
  if (action == "exit") return std::atoi(last);
  if (action == "print") return PrintLines(std::atoi(last));
  if (action == "crash") raise(SIGABRT);
  if (action == "spawn") {
    const pid_t grandchild = fork();
    if (grandchild == 0) Hang();
    Announce(last, grandchild);
    return 1;
  }
  if (action == "hang") {
    Announce(last, getpid());
    Hang();
  }
  std::fprintf(stderr, "unknown action '%s'\n", action.c_str());
  return 2;
}
