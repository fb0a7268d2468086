#include "tests/worker/cuda/kernels/device_suite.h"

namespace shoal {

std::vector<DeviceKind> DeviceKinds() {
  return {{"Forward", [] { return absl::StatusOr<ComputeDevice>(MakeHostDevice(HostLauncher::Order::kForward)); }},
          {"Backward", [] { return absl::StatusOr<ComputeDevice>(MakeHostDevice(HostLauncher::Order::kBackward)); }}};
}

}  // namespace shoal
