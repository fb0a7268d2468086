#include "worker/cuda/cuda_devices.h"

#include <gmock/gmock.h>

#include "tests/support/gpu_test.h"

namespace shoal {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class CudaDevicesTest : public GpuTest {};

TEST_F(CudaDevicesTest, DevicesAreNumberedFromZeroAndDescribed) {
  const absl::StatusOr<std::vector<DeviceInfo>> devices = ListCudaDevices();
  ASSERT_TRUE(devices.ok()) << devices.status();
  for (size_t i = 0; i < devices->size(); ++i) {
    const DeviceInfo& device = (*devices)[i];
    EXPECT_EQ(device.ordinal, static_cast<int>(i));
    EXPECT_THAT(device.name, Not(IsEmpty()));
    EXPECT_THAT(device.pci_bus_id, Not(IsEmpty()));
    EXPECT_GE(device.compute_capability_major, 7) << "CUDA 13 has none below 7.5";
    EXPECT_GT(device.memory_bytes, int64_t{1} << 30);
  }
}

TEST(CudaDevicesWithoutGpuTest, WhyThereIsNoneIsSaid) {
  const absl::StatusOr<std::vector<DeviceInfo>> devices = ListCudaDevices();
  if (devices.ok()) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(devices.status().code(), absl::StatusCode::kFailedPrecondition) << devices.status();
}

}  // namespace
}  // namespace shoal
