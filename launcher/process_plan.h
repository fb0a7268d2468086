// The processes of a job on one host: their command lines, addresses and logs.
#ifndef SHOAL_LAUNCHER_PROCESS_PLAN_H_
#define SHOAL_LAUNCHER_PROCESS_PLAN_H_

#include <string>
#include <vector>

#include "launcher/process_id.h"
#include "proto/job.pb.h"

namespace shoal {

struct PlannedProcess {
  ProcessId id;
  std::vector<std::string> command;
  std::string log_path;
};

struct ProcessPlan {
  std::string coordinator_address;
  std::vector<PlannedProcess> processes;  // Servers first: workers need them.
};

struct ProcessPlanOptions {
  std::string binary_directory;  // Where shoal-worker and shoal-parameter-server lie.
  std::string socket_directory;
  std::string log_directory;
};

// REQUIRES: the cluster's parameter_servers is set (a resolved job).
ProcessPlan PlanProcesses(const ClusterConfig& cluster, const ProcessPlanOptions& options);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PROCESS_PLAN_H_
