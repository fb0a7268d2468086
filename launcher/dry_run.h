// What `shoal train --dry_run` prints.
#ifndef SHOAL_LAUNCHER_DRY_RUN_H_
#define SHOAL_LAUNCHER_DRY_RUN_H_

#include <ostream>
#include <vector>

#include "launcher/memory_plan.h"
#include "launcher/process_plan.h"
#include "proto/job.pb.h"
#include "worker/compute/device_info.h"

namespace shoal {

// The resolved job, the processes with their command lines and addresses, and the memory of the rows by holder. Where
// workers compute with CUDA, also what each needs of its GPU. `devices`: by worker; empty where this host has none.
void PrintDryRun(const ResolvedJob& job, const ProcessPlan& processes, const MemoryPlan& memory,
                 const std::vector<DeviceInfo>& devices, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_DRY_RUN_H_
