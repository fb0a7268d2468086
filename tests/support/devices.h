// GPUs that are not there.
#ifndef SHOAL_TESTS_SUPPORT_DEVICES_H_
#define SHOAL_TESTS_SUPPORT_DEVICES_H_

#include <vector>

#include "absl/strings/str_cat.h"
#include "worker/compute/device_info.h"

namespace shoal {

inline std::vector<DeviceInfo> MakeDevices(int count) {
  std::vector<DeviceInfo> devices;
  for (int i = 0; i < count; ++i) {
    devices.push_back({i, "NVIDIA H100 80GB HBM3", 9, 0, 85017755648, absl::StrCat("00000000:0", i, ":00.0")});
  }
  return devices;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_DEVICES_H_
