// The processes that a launcher has started.
#ifndef SHOAL_TESTS_INTEGRATION_CHILD_PROCESSES_H_
#define SHOAL_TESTS_INTEGRATION_CHILD_PROCESSES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "launcher/file_descriptor.h"

namespace shoal {

struct ChildProcess {
  pid_t pid;
  std::string command_line;
  FileDescriptor pidfd;
};

std::vector<ChildProcess> ChildrenOf(pid_t parent);

// The one with that argument; where there is none, the test fails.
const ChildProcess& ChildWith(const std::string& argument, const std::vector<ChildProcess>& children);

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_CHILD_PROCESSES_H_
