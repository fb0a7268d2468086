#include "worker/compute/select_device.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace shoal {

absl::StatusOr<DeviceInfo> SelectDevice(absl::Span<const DeviceInfo> devices, int rank, absl::optional<int> asked) {
  if (!asked.has_value()) return devices[static_cast<size_t>(rank) % devices.size()];
  const auto found =
      std::find_if(devices.begin(), devices.end(), [&](const DeviceInfo& info) { return info.ordinal == *asked; });
  if (found != devices.end()) return *found;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no device cuda:", *asked,
                   "; there are: ", absl::StrJoin(devices, ", ", [](std::string* out, const DeviceInfo& info) {
                     absl::StrAppend(out, "cuda:", info.ordinal);
                   })));
}

absl::optional<int> AskedDevice(const ClusterConfig& cluster, int rank) {
  if (cluster.devices().empty()) return absl::nullopt;
  return cluster.devices(rank % cluster.devices_size());
}

bool WorkersHaveDevicesOfTheirOwn(const ClusterConfig& cluster, int num_devices) {
  std::set<int> devices;
  for (int rank = 0; rank < cluster.workers(); ++rank) {
    if (!devices.insert(AskedDevice(cluster, rank).value_or(rank % num_devices)).second) return false;
  }
  return true;
}

}  // namespace shoal
