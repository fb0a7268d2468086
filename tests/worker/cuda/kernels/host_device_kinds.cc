#include "tests/worker/cuda/kernels/device_suite.h"

namespace shoal {

std::vector<DeviceKind> DeviceKinds() {
  const auto find = [] { return absl::OkStatus(); };
  return {
      {"Forward", find, [] { return absl::StatusOr<ComputeDevice>(MakeHostDevice(HostLauncher::Order::kForward)); }},
      {"Backward", find, [] { return absl::StatusOr<ComputeDevice>(MakeHostDevice(HostLauncher::Order::kBackward)); }}};
}

}  // namespace shoal
