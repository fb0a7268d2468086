#include "launcher/resolve_compute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launcher/exit_codes.h"
#include "tests/support/devices.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JobConfig MakeJob(ClusterConfig::Compute compute, int workers = 1) {
  JobConfig job;
  job.mutable_model()->mutable_matrix_factorization();
  job.mutable_cluster()->set_compute(compute);
  job.mutable_cluster()->set_workers(workers);
  return job;
}

DeviceList TwoDevices() { return MakeDevices(2); }
DeviceList NoDriver() { return absl::FailedPreconditionError("no driver"); }

TEST(ResolveComputeTest, TheCpuAsksForNoDevices) {
  bool asked = false;
  const auto resolved = ResolveCompute(MakeJob(ClusterConfig::CPU), [&] {
    asked = true;
    return NoDriver();
  });
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->compute, ClusterConfig::CPU);
  EXPECT_THAT(resolved->why_cpu, IsEmpty());
  EXPECT_FALSE(asked);
}

TEST(ResolveComputeTest, EachWorkerHasADevice) {
  const auto resolved = ResolveCompute(MakeJob(ClusterConfig::CUDA, /*workers=*/3), TwoDevices);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->compute, ClusterConfig::CUDA);
  ASSERT_THAT(resolved->devices, SizeIs(3));
  EXPECT_EQ(resolved->devices[1].ordinal, 1);
  EXPECT_EQ(resolved->devices[2].ordinal, 0);
}

TEST(ResolveComputeTest, TheClustersDevicesAreTaken) {
  JobConfig job = MakeJob(ClusterConfig::CUDA, /*workers=*/2);
  job.mutable_cluster()->add_devices(1);
  const auto resolved = ResolveCompute(job, TwoDevices);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->devices[0].ordinal, 1);
  EXPECT_EQ(resolved->devices[1].ordinal, 1);
}

TEST(ResolveComputeTest, ADeviceThatIsNotThereIsAnErrorOfTheJob) {
  for (const ClusterConfig::Compute compute : {ClusterConfig::CUDA, ClusterConfig::AUTO}) {
    JobConfig job = MakeJob(compute);
    job.mutable_cluster()->add_devices(2);
    const absl::Status status = ResolveCompute(job, TwoDevices).status();
    EXPECT_EQ(ExitCodeOf(status), kExitBadJob);
    EXPECT_THAT(std::string(status.message()), HasSubstr("cluster.devices: there is no device cuda:2"));
  }
}

TEST(ResolveComputeTest, CudaWithoutADeviceIsAnErrorThatSaysWhy) {
  const absl::Status status = ResolveCompute(MakeJob(ClusterConfig::CUDA), NoDriver).status();
  EXPECT_EQ(status.message(),
            "cluster.compute is CUDA, but no driver; set it to CPU, or to AUTO, which takes a GPU where there is one");
  EXPECT_EQ(ExitCodeOf(status), kExitUnavailable);
}

TEST(ResolveComputeTest, AutoTakesADeviceWhereThereIsOne) {
  const auto resolved = ResolveCompute(MakeJob(ClusterConfig::AUTO), TwoDevices);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->compute, ClusterConfig::CUDA);
}

TEST(ResolveComputeTest, AutoSaysWhyItTakesTheCpu) {
  const auto without_device = ResolveCompute(MakeJob(ClusterConfig::AUTO), NoDriver);
  ASSERT_TRUE(without_device.ok()) << without_device.status();
  EXPECT_EQ(without_device->compute, ClusterConfig::CPU);
  EXPECT_EQ(without_device->why_cpu, "no driver");
}

}  // namespace
}  // namespace shoal
