#include "worker/compute/open_compute.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/compute/cpu_compute.h"
#include "worker/compute/select_device.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Compute>> OpenCompute(const Accelerator& accelerator, const ClusterConfig& cluster,
                                                     int rank, absl::optional<int> device) {
  if (cluster.compute() == ClusterConfig::CPU) return std::make_unique<CpuCompute>();
  const absl::StatusOr<std::vector<DeviceInfo>> devices = accelerator.ListDevices();
  if (!devices.ok()) {
    return absl::Status(devices.status().code(),
                        absl::StrCat("cluster.compute is CUDA, but ", devices.status().message()));
  }
  SHOAL_ASSIGN_OR_RETURN(const DeviceInfo selected, SelectDevice(*devices, rank, device));
  return accelerator.Open(selected);
}

}  // namespace shoal
