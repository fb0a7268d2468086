#include "worker/compute/select_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/devices.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(SelectDeviceTest, WorkersTakeTheDevicesInTurn) {
  const std::vector<DeviceInfo> devices = MakeDevices(3);
  const int expected[] = {0, 1, 2, 0, 1};
  for (int rank = 0; rank < 5; ++rank) {
    EXPECT_EQ(SelectDevice(devices, rank, absl::nullopt)->ordinal, expected[rank]);
  }
}

TEST(SelectDeviceTest, TheDeviceThatIsAskedForIsTaken) {
  EXPECT_EQ(SelectDevice(MakeDevices(3), /*rank=*/0, 2)->ordinal, 2);
}

TEST(SelectDeviceTest, ADeviceThatIsNotThereIsAnErrorThatNamesThoseThatAre) {
  const absl::StatusOr<DeviceInfo> selected = SelectDevice(MakeDevices(2), /*rank=*/0, 2);
  EXPECT_EQ(selected.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(selected.status().message()),
              HasSubstr("there is no device cuda:2; there are: cuda:0, cuda:1"));
}

TEST(SelectDeviceTest, TheClusterAsksForItsDevicesInTurn) {
  ClusterConfig cluster;
  EXPECT_EQ(AskedDevice(cluster, 1), absl::nullopt);
  cluster.add_devices(4);
  cluster.add_devices(6);
  EXPECT_EQ(AskedDevice(cluster, 1), absl::make_optional(6));
  EXPECT_EQ(AskedDevice(cluster, 2), absl::make_optional(4));
}

TEST(SelectDeviceTest, WorkersShareADeviceWhereThereAreMoreOfThem) {
  ClusterConfig cluster;
  cluster.set_workers(2);
  EXPECT_TRUE(WorkersHaveDevicesOfTheirOwn(cluster, 2));
  EXPECT_FALSE(WorkersHaveDevicesOfTheirOwn(cluster, 1));
  cluster.add_devices(1);
  EXPECT_FALSE(WorkersHaveDevicesOfTheirOwn(cluster, 2));
  cluster.add_devices(0);
  EXPECT_TRUE(WorkersHaveDevicesOfTheirOwn(cluster, 2));
}

}  // namespace
}  // namespace shoal
