#include "worker/compute/device_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/devices.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(DeviceListTest, EveryDeviceIsALine) {
  EXPECT_EQ(DeviceListText(MakeDevices(2)),
            "cuda:0, NVIDIA H100 80GB HBM3, 00000000:00:00.0, compute capability 9.0, 79.2 GiB\n"
            "cuda:1, NVIDIA H100 80GB HBM3, 00000000:01:00.0, compute capability 9.0, 79.2 GiB\n");
}

TEST(DeviceListTest, SaysWhyThereIsNone) {
  EXPECT_EQ(DeviceListText(absl::FailedPreconditionError("built without CUDA")), "no devices: built without CUDA\n");
}

TEST(DeviceListTest, JsonBringsDevicesBack) {
  std::vector<DeviceInfo> devices = MakeDevices(3);
  devices[1].compute_capability_major = 12;
  devices[1].compute_capability_minor = 1;
  const DeviceList parsed = ParseDeviceList(DeviceListJson(devices));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(DeviceListText(parsed), DeviceListText(devices));
  EXPECT_EQ((*parsed)[2].ordinal, 2);
}

TEST(DeviceListTest, JsonBringsTheReasonBack) {
  const absl::Status reason = absl::FailedPreconditionError("no driver: see \"nvidia-smi\"");
  EXPECT_EQ(ParseDeviceList(DeviceListJson(reason)).status(), reason);
}

TEST(DeviceListTest, WhatIsNoListIsAnErrorThatShowsIt) {
  for (const char* text : {"", "libnccl.so.2: cannot open shared object file", "[]", R"({"devices": []})",
                           R"({"devices": [], "error": ""})", R"({"devices": [{"ordinal": 0}], "error": ""})",
                           R"({"devices": [{"ordinal": 0, "name": "x", "compute_capability": "9", "memory_bytes": 1,
                               "pci_bus_id": "y"}], "error": ""})"}) {
    const DeviceList parsed = ParseDeviceList(text);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInternal) << text;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(text));
  }
}

}  // namespace
}  // namespace shoal
