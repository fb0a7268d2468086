// For tests that need a GPU: skipped, saying so, where there is none; a broken one is a failure.
#ifndef SHOAL_TESTS_SUPPORT_GPU_TEST_H_
#define SHOAL_TESTS_SUPPORT_GPU_TEST_H_

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/gpu_absence.h"
#include "worker/cuda/cuda_devices.h"

namespace shoal {

// Runs on device 0.
class GpuTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::StatusOr<std::vector<DeviceInfo>> devices = ListCudaDevices();
    if (MaySkipWithoutGpu(devices.status())) GTEST_SKIP() << "no GPU: " << devices.status().message();
    ASSERT_TRUE(devices.ok()) << devices.status();
    device_ = devices->front();
  }

  DeviceInfo device_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_GPU_TEST_H_
