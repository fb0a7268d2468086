// The place of a process in a job: its role and its number in it.
#ifndef SHOAL_LAUNCHER_PROCESS_ID_H_
#define SHOAL_LAUNCHER_PROCESS_ID_H_

#include <string>

#include "proto/coordinator_service.pb.h"

namespace shoal {

struct ProcessId {
  Role role = WORKER;
  int index = 0;

  friend bool operator==(const ProcessId& a, const ProcessId& b) { return a.role == b.role && a.index == b.index; }
};

// For files and JSON: "worker-0", "parameter_server-1".
std::string ProcessName(const ProcessId& id);
// For people: "worker 0", "parameter server 1".
std::string ProcessTitle(const ProcessId& id);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PROCESS_ID_H_
