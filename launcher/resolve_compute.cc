#include "launcher/resolve_compute.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "launcher/exit_codes.h"
#include "worker/compute/select_device.h"

namespace shoal {
namespace {

absl::Status NoDevice(const absl::Status& reason) {
  return WithExitCode(
      absl::Status(reason.code(), absl::StrCat("cluster.compute is CUDA, but ", reason.message(),
                                               "; set it to CPU, or to AUTO, which takes a GPU where there is one")),
      kExitUnavailable);
}

absl::StatusOr<std::vector<DeviceInfo>> DevicesOfWorkers(const ClusterConfig& cluster,
                                                         const std::vector<DeviceInfo>& devices) {
  std::vector<DeviceInfo> by_worker;
  for (int rank = 0; rank < cluster.workers(); ++rank) {
    const absl::StatusOr<DeviceInfo> selected = SelectDevice(devices, rank, AskedDevice(cluster, rank));
    if (!selected.ok()) {
      return WithExitCode(absl::InvalidArgumentError(absl::StrCat("cluster.devices: ", selected.status().message())),
                          kExitBadJob);
    }
    by_worker.push_back(*selected);
  }
  return by_worker;
}

}  // namespace

absl::StatusOr<ResolvedCompute> ResolveCompute(const JobConfig& job, absl::FunctionRef<DeviceList()> list_devices) {
  const ClusterConfig& cluster = job.cluster();
  ResolvedCompute resolved;
  if (cluster.compute() == ClusterConfig::CPU) return resolved;
  const bool must = cluster.compute() == ClusterConfig::CUDA;
  const DeviceList devices = list_devices();
  if (!devices.ok()) {
    if (must) return NoDevice(devices.status());
    resolved.why_cpu = std::string(devices.status().message());
    return resolved;
  }
  SHOAL_ASSIGN_OR_RETURN(resolved.devices, DevicesOfWorkers(cluster, *devices));
  resolved.compute = ClusterConfig::CUDA;
  return resolved;
}

}  // namespace shoal
