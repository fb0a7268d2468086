// A launcher that starts two hanging children and then hangs itself, to be killed.
// Arguments: the child's executable, a log, a FIFO to which the children write their pids.
#include <unistd.h>

#include <cstdio>

#include "launcher/supervisor.h"

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  shoal::Supervisor supervisor;
  for (int i = 0; i < 2; ++i) {
    const absl::Status started = supervisor.Start({shoal::WORKER, i}, {{argv[1], "hang", argv[3]}, argv[2]});
    if (!started.ok()) {
      std::fprintf(stderr, "%s\n", started.ToString().c_str());
      return 1;
    }
  }
  while (true) pause();
}
