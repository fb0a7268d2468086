// What the workers of a job will compute with, before any of its data is read.
#ifndef SHOAL_LAUNCHER_RESOLVE_COMPUTE_H_
#define SHOAL_LAUNCHER_RESOLVE_COMPUTE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "proto/job.pb.h"
#include "worker/compute/device_info.h"
#include "worker/compute/device_list.h"

namespace shoal {

struct ResolvedCompute {
  ClusterConfig::Compute compute = ClusterConfig::CPU;  // CPU or CUDA.
  // By worker; empty: CPU.
  std::vector<DeviceInfo> devices;
  // Under AUTO: why it is the CPU.
  std::string why_cpu;
};

// `list_devices` is called where the job may compute with CUDA. Errors, with their exit code: cluster.compute is CUDA
// and there is no device, and why; cluster.devices names one that is not there.
absl::StatusOr<ResolvedCompute> ResolveCompute(const JobConfig& job, absl::FunctionRef<DeviceList()> list_devices);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_RESOLVE_COMPUTE_H_
