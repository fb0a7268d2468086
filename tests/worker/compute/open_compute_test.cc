#include "worker/compute/open_compute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/devices.h"
#include "tests/support/fake_accelerator.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

ClusterConfig CudaCluster() {
  ClusterConfig cluster;
  cluster.set_compute(ClusterConfig::CUDA);
  return cluster;
}

TEST(OpenComputeTest, TheCpuNeedsNoDevice) {
  const FakeAccelerator accelerator(absl::FailedPreconditionError("no driver"));
  const auto compute = OpenCompute(accelerator, ClusterConfig(), /*rank=*/0, absl::nullopt);
  ASSERT_TRUE(compute.ok()) << compute.status();
  EXPECT_EQ((*compute)->device(), "CPU");
}

TEST(OpenComputeTest, AWorkerSaysWhichDeviceItComputesWith) {
  const auto compute = OpenCompute(FakeAccelerator(MakeDevices(2)), CudaCluster(), /*rank=*/3, absl::nullopt);
  ASSERT_TRUE(compute.ok()) << compute.status();
  EXPECT_EQ((*compute)->device(), "cuda:1, NVIDIA H100 80GB HBM3, 00000000:01:00.0");
}

TEST(OpenComputeTest, CudaWithoutADeviceIsAnErrorThatSaysWhy) {
  const FakeAccelerator accelerator(absl::FailedPreconditionError("no driver"));
  const absl::Status status = OpenCompute(accelerator, CudaCluster(), /*rank=*/0, absl::nullopt).status();
  EXPECT_EQ(status, absl::FailedPreconditionError("cluster.compute is CUDA, but no driver"));
}

TEST(OpenComputeTest, ADeviceThatIsNotThereIsAnError) {
  const absl::Status status = OpenCompute(FakeAccelerator(MakeDevices(2)), CudaCluster(), /*rank=*/0, 7).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cuda:7"));
}

}  // namespace
}  // namespace shoal
