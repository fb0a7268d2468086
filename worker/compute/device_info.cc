#include "worker/compute/device_info.h"

#include "absl/strings/str_cat.h"

namespace shoal {

std::string DeviceTitle(const DeviceInfo& device) {
  return absl::StrCat("cuda:", device.ordinal, ", ", device.name, ", ", device.pci_bus_id);
}

}  // namespace shoal
