// Suites that run on every device: on the CPU forwards and backwards, and, in tests labelled gpu, on the GPU.
//
//   class PlaceGroupingTest : public DeviceSuite {};
//   TEST_P(PlaceGroupingTest, ...) { device().rows->...; }
//   SHOAL_INSTANTIATE_DEVICE_SUITE(PlaceGroupingTest);
#ifndef SHOAL_TESTS_WORKER_CUDA_KERNELS_DEVICE_SUITE_H_
#define SHOAL_TESTS_WORKER_CUDA_KERNELS_DEVICE_SUITE_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tests/support/gpu_absence.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {

struct DeviceKind {
  std::string name;
  absl::Status (*find)();  // Why the machine has none.
  absl::StatusOr<ComputeDevice> (*make)();
};
inline std::ostream& operator<<(std::ostream& os, const DeviceKind& kind) { return os << kind.name; }

// Those of this executable: host_device_kinds.cc or cuda_device_kinds.cc.
std::vector<DeviceKind> DeviceKinds();

class DeviceSuite : public ::testing::TestWithParam<DeviceKind> {
 protected:
  // Skips where the machine has no such device; fails where it has one that does not work.
  void SetUp() override {
    const absl::Status found = GetParam().find();
    if (MaySkipWithoutGpu(found)) GTEST_SKIP() << "no " << GetParam().name << ": " << found;
    ASSERT_TRUE(found.ok()) << found;
    absl::StatusOr<ComputeDevice> device = GetParam().make();
    ASSERT_TRUE(device.ok()) << device.status();
    device_ = *std::move(device);
  }
  // Whether the SetUp of a suite may go on.
  bool has_device() const { return device_.memory != nullptr; }
  const ComputeDevice& device() const { return device_; }

 private:
  ComputeDevice device_;
};

#define SHOAL_INSTANTIATE_DEVICE_SUITE(suite)                                  \
  INSTANTIATE_TEST_SUITE_P(Devices, suite, ::testing::ValuesIn(DeviceKinds()), \
                           [](const auto& info) { return info.param.name; })

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_CUDA_KERNELS_DEVICE_SUITE_H_
