// What `shoal-worker --devices` says: to people, and as JSON to the launcher, which links no CUDA itself.
//
//   {"devices": [{"ordinal": 0, "name": "NVIDIA H100 80GB HBM3", "compute_capability": "9.0",
//                 "memory_bytes": 85017755648, "pci_bus_id": "00000000:1B:00.0"}], "error": ""}
#ifndef SHOAL_WORKER_COMPUTE_DEVICE_LIST_H_
#define SHOAL_WORKER_COMPUTE_DEVICE_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/compute/device_info.h"

namespace shoal {

using DeviceList = absl::StatusOr<std::vector<DeviceInfo>>;

// A line a device, or a line that says why there is none.
std::string DeviceListText(const DeviceList& devices);

// One line.
std::string DeviceListJson(const DeviceList& devices);
// What DeviceListJson was made of; FailedPrecondition: an error's text. Internal: `json` is nothing of the kind.
DeviceList ParseDeviceList(absl::string_view json);

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_DEVICE_LIST_H_
